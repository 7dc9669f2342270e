#define _GNU_SOURCE
#include "affinity.h"

#include <sched.h>

uint64_t affinity_get(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  uint64_t cores = 0;
  for (int core = 0; core < 64; core++) {
    if (CPU_ISSET(core, &set)) cores |= UINT64_C(1) << core;
  }
  return cores;
}

void affinity_set(uint64_t cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int core = 0; core < 64; core++) {
    if (cores >> core & 1) CPU_SET(core, &set);
  }
  sched_setaffinity(0, sizeof set, &set);
}
