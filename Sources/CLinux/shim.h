// Calls of Linux that the Glibc module of Swift leaves out.
#include <sys/statfs.h>
#include <sys/sysinfo.h>
