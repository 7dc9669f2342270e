#pragma once

#include <stdint.h>

// The cores that the calling thread may run on, one bit each; those from the 65th on are left out.
// Glibc's Swift module has no sched_getaffinity.
uint64_t affinity_get(void);
void affinity_set(uint64_t cores);
