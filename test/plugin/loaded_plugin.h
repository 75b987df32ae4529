// libflowmon.so, loaded and driven through its exported functions as afl-fuzz does.

#ifndef FLOWMON_TEST_PLUGIN_LOADED_PLUGIN_H_
#define FLOWMON_TEST_PLUGIN_LOADED_PLUGIN_H_

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

namespace flowmon::test {

class Plugin {
 public:
  Plugin() : library_(dlopen(FLOWMON_BINARY_DIR "/lib/libflowmon.so", RTLD_NOW | RTLD_LOCAL)) {
    if (!library_) {
      fprintf(stderr, "%s\n", dlerror());
      abort();
    }
  }
  ~Plugin() { dlclose(library_); }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  void* Init() { return Hook<void*(void*, unsigned)>("afl_custom_init")(nullptr, 1); }
  size_t PostProcess(void* data, uint8_t* buffer, size_t size, uint8_t** out) {
    return Hook<size_t(void*, uint8_t*, size_t, uint8_t**)>("afl_custom_post_process")(data, buffer,
                                                                                       size, out);
  }
  void PostRun(void* data) { Hook<void(void*)>("afl_custom_post_run")(data); }
  void Deinit(void* data) { Hook<void(void*)>("afl_custom_deinit")(data); }

 private:
  template <typename Function>
  Function* Hook(const char* name) {
    return reinterpret_cast<Function*>(dlsym(library_, name));
  }
  void* library_;
};

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_PLUGIN_LOADED_PLUGIN_H_
