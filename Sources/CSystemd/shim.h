// libsystemd: what sd-daemon(3) and sd-journal(3) tell.
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
