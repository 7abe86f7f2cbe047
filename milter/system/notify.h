/*
 * notify: tell the service manager how we are: sd_notify(3)'s protocol.
 *
 * One datagram to the socket that $NOTIFY_SOCKET names; without it, nothing.
 * Source: sd_notify(3), systemd.service(5) (Type=notify-reload).
 */
#ifndef HOPSEAL_SYSTEM_NOTIFY_H
#define HOPSEAL_SYSTEM_NOTIFY_H

#include <stdint.h>

#include "policy/base/attributes.h"

/* Send the assignments in state, e.g. "READY=1\nSTATUS=...". */
void notify_send(const char *format, ...) PRINTF_LIKE(1, 2);

/* "RELOADING=1" with the time stamp that Type=notify-reload wants. */
void notify_reloading(void);

/*
 * Half of the watchdog interval that the manager asks for, in
 * milliseconds; 0 when it asks for none.
 */
int64_t notify_watchdog_ms(void);

#endif
