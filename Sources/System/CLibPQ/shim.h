// libpq 15 (Debian 12).
#ifndef REMINDERS_CLIBPQ_SHIM_H
#define REMINDERS_CLIBPQ_SHIM_H

#include <libpq-fe.h>

#endif
