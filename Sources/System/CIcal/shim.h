// libical 3.0 (Debian 12).
#ifndef REMINDERS_CICAL_SHIM_H
#define REMINDERS_CICAL_SHIM_H

#include <libical/ical.h>

#endif
