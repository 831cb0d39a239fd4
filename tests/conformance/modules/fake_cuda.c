/* SPDX-License-Identifier: Apache-2.0
 * Copyright the Burin authors
 * Stands in for CUDA's driver where there is none: one device, and streams that do nothing. */
int cuInit(unsigned flags) { return (int)flags; }
int cuDeviceGetCount(int* count) {
  *count = 1;
  return 0;
}
int cuDevicePrimaryCtxRetain(void** context, int device) {
  static int only_one;
  *context = &only_one;
  return device;
}
int cuDevicePrimaryCtxRelease_v2(int device) { return device; }
int cuCtxSetCurrent(void* context) { return context == (void*)0; }
int cuStreamCreate(void** stream, unsigned flags) {
  static int only_one;
  *stream = &only_one;
  return flags != 1;
}
int cuStreamSynchronize(void* stream) { return stream == (void*)0; }
int cuStreamDestroy_v2(void* stream) { return stream == (void*)0; }
