/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Modules that misbehave as soon as they are opened. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "burin/entry.h"

__attribute__((constructor)) static void opened(void) {
#if defined(AT_SCAN_CRASH)
  raise(SIGSEGV);
#elif defined(AT_SCAN_ABORT)
  abort();
#elif defined(AT_SCAN_EXIT)
  _exit(42);
#elif defined(AT_SCAN_HANG)
  for (;;) pause();
#elif defined(AT_SCAN_OVERFLOW)
  volatile char much[4096];
  much[0] = 1;
  void (*volatile again)(void) = opened;
  again();
  much[1] = much[0];
#elif defined(AT_SCAN_PRINT)
  puts("Hello, host!");
  fflush(stdout);
  if (write(3, "module\tx\n", 9) != 9) abort();
#elif defined(AT_SCAN_SILENCE)
  close(3);
#elif defined(AT_SCAN_LAG)
  /* A process of its own keeps all descriptors open. */
  if (fork() == 0) {
    setsid();
    sleep(5);
    _exit(0);
  }
#endif
}

static burin_status init(const burin_host* host) {
  (void)host;
  return BURIN_OK;
}
static void deinit(void) {}
static uint32_t count(void) {
#if defined(AT_SCAN_CRASH_COUNTING)
  raise(SIGSEGV);
#endif
  return 0;
}
static const burin_descriptor* descriptor(uint32_t index) {
  (void)index;
  return NULL;
}
static const void* get_interface(const char* id) {
  (void)id;
  return NULL;
}

const burin_plugin_entry burin_entry = {.struct_size = sizeof burin_entry,
                                        .abi = {BURIN_ABI_MAJOR, BURIN_ABI_MINOR},
                                        .init = init,
                                        .deinit = deinit,
                                        .count = count,
                                        .descriptor = descriptor,
                                        .get_interface = get_interface};
