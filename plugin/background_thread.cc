#include "plugin/background_thread.h"

#include <sched.h>
#include <signal.h>
#include <string.h>

#include <utility>

#include "absl/status/status.h"
#include "flowdb/str_cat.h"

namespace flowmon {

absl::StatusOr<std::unique_ptr<BackgroundThread>> BackgroundThread::Start(
    const char* name, bool only_idle, std::function<void()> run) {
  std::unique_ptr<BackgroundThread> thread(new BackgroundThread(name, only_idle, std::move(run)));
  // A new thread has its creator's mask from its first instruction on.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread->thread_, nullptr, Main, thread.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return absl::ErrnoToStatus(error, StrCat("cannot start the thread ", name));
  thread->is_started_ = true;
  return thread;
}

BackgroundThread::BackgroundThread(const char* name, bool only_idle, std::function<void()> run)
    : name_(name), only_idle_(only_idle), run_(std::move(run)) {}

BackgroundThread::~BackgroundThread() {
  if (is_started_) pthread_join(thread_, nullptr);
}

void* BackgroundThread::Main(void* self) {
  const auto* thread = static_cast<const BackgroundThread*>(self);
  // Where one of these fails, the work is done all the same.
  pthread_setname_np(pthread_self(), thread->name_);
  const struct sched_param no_priority = {};
  sched_setscheduler(0, thread->only_idle_ ? SCHED_IDLE : SCHED_BATCH, &no_priority);
  cpu_set_t every_core;
  memset(&every_core, 0xff, sizeof(every_core));
  sched_setaffinity(0, sizeof(every_core), &every_core);  // the kernel takes those that are allowed
  thread->run_();
  return nullptr;
}

}  // namespace flowmon
