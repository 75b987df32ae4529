// A thread beside the fuzzing thread, which must never wait for it.
//
// It blocks every signal, which are the host's, and runs on any core that the process may use, not
// only on the one that afl-fuzz has bound itself to.

#ifndef FLOWMON_PLUGIN_BACKGROUND_THREAD_H_
#define FLOWMON_PLUGIN_BACKGROUND_THREAD_H_

#include <pthread.h>

#include <functional>
#include <memory>

#include "absl/status/statusor.h"

namespace flowmon {

class BackgroundThread {
 public:
  // `only_idle`: it runs only where a core has nothing else to do, so nobody may wait for it; else
  // it merely comes behind others. `name`: at most 15 characters. `run` must not throw.
  static absl::StatusOr<std::unique_ptr<BackgroundThread>> Start(const char* name, bool only_idle,
                                                                 std::function<void()> run);
  // Joins: make `run` return first.
  ~BackgroundThread();
  BackgroundThread(const BackgroundThread&) = delete;
  BackgroundThread& operator=(const BackgroundThread&) = delete;

 private:
  BackgroundThread(const char* name, bool only_idle, std::function<void()> run);
  static void* Main(void* self);

  const char* const name_;
  const bool only_idle_;
  const std::function<void()> run_;
  pthread_t thread_ = {};
  bool is_started_ = false;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_BACKGROUND_THREAD_H_
