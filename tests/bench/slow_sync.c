// A disk for a benchmark: fsync and fdatasync take HOTFIXD_BENCH_SYNC_US microseconds and do nothing. Preloaded.
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

static int wait_for_it(void) {
  static __thread struct timespec took;
  if (took.tv_nsec == 0) {
    const char* wanted = getenv("HOTFIXD_BENCH_SYNC_US");
    const long us = wanted == NULL ? 300 : atol(wanted);
    took.tv_sec = us / 1000000;
    took.tv_nsec = us % 1000000 * 1000;
    prctl(PR_SET_TIMERSLACK, 1UL);  // otherwise it wakes 50 us late
  }
  return nanosleep(&took, NULL);
}

int fsync(int file) {
  (void)file;
  return wait_for_it();
}

int fdatasync(int file) {
  (void)file;
  return wait_for_it();
}
