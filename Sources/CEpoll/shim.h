// Calls of Linux that Swift's Glibc module leaves out, for skepbench.
#include <sys/epoll.h>

// In unistd.h only under _GNU_SOURCE.
extern int close_range(unsigned int first, unsigned int last, int flags);
