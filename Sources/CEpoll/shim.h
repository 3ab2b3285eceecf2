// Calls of Linux that Swift's Glibc module leaves out, for skepbench.
#include <sys/epoll.h>

// In unistd.h only under _GNU_SOURCE.
extern int close_range(unsigned int first, unsigned int last, int flags);

// prctl is variadic, which Swift cannot call. Lets timers of the calling thread fire when they are due, and not up to
// 50 us later with others; returns 0 if that can be had.
#include <sys/prctl.h>
static inline int skepbench_precise_timers(void) { return prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); }
