// libcurl 7.88 (Debian 12). Only what Swift cannot call itself stands here.
#ifndef REMINDERS_CCURL_SHIM_H
#define REMINDERS_CCURL_SHIM_H

#include <curl/curl.h>

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic (and macros):
// Swift does not import either, so each argument kind gets one function.
static inline CURLcode reminders_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode reminders_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode reminders_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}
// CURLOPT_WRITEFUNCTION, CURLOPT_READFUNCTION and CURLOPT_HEADERFUNCTION share this type.
static inline CURLcode reminders_curl_set_data_function(CURL *handle, CURLoption option,
                                                        curl_write_callback function) {
  return curl_easy_setopt(handle, option, function);
}
static inline CURLcode reminders_curl_set_open_socket_function(CURL *handle, curl_opensocket_callback function) {
  return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, function);
}

static inline CURLcode reminders_curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode reminders_curl_get_pointer(CURL *handle, CURLINFO info, void **value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode reminders_curl_get_active_socket(CURL *handle, curl_socket_t *value) {
  return curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, value);
}

static inline CURLMcode reminders_curl_multi_set_long(CURLM *handle, CURLMoption option, long value) {
  return curl_multi_setopt(handle, option, value);
}
static inline CURLMcode reminders_curl_multi_set_socket_function(CURLM *handle, curl_socket_callback function,
                                                                 void *context) {
  CURLMcode code = curl_multi_setopt(handle, CURLMOPT_SOCKETFUNCTION, function);
  return code == CURLM_OK ? curl_multi_setopt(handle, CURLMOPT_SOCKETDATA, context) : code;
}
static inline CURLMcode reminders_curl_multi_set_timer_function(CURLM *handle, curl_multi_timer_callback function,
                                                                void *context) {
  CURLMcode code = curl_multi_setopt(handle, CURLMOPT_TIMERFUNCTION, function);
  return code == CURLM_OK ? curl_multi_setopt(handle, CURLMOPT_TIMERDATA, context) : code;
}

#endif
