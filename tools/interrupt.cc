#include "tools/interrupt.h"

#include <atomic>

namespace flowmon {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
std::atomic<int> received = 0;
static_assert(std::atomic<int>::is_always_lock_free);

void Note(int signal) { received = signal; }

}  // namespace

InterruptGuard::InterruptGuard() {
  received = 0;
  struct sigaction note = {};
  note.sa_handler = Note;
  note.sa_flags = static_cast<int>(SA_RESETHAND);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &previous_[i]);
    // nohup stays nohup.
    if (previous_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &note, nullptr);
  }
}

InterruptGuard::~InterruptGuard() {
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &previous_[i], nullptr);
}

int InterruptGuard::signal() const { return received; }

}  // namespace flowmon
