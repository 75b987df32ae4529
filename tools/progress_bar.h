// Tells how far a long command has come.
//
// One line on standard error, only where that is a terminal and only from two seconds on; gone in
// the end. Not thread-safe.

#ifndef FLOWMON_TOOLS_PROGRESS_BAR_H_
#define FLOWMON_TOOLS_PROGRESS_BAR_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace flowmon {

class ProgressBar {
 public:
  // `total`: 0 if it is not known.
  ProgressBar(std::string_view what, uint64_t total);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Advance(uint64_t steps = 1) {
    done_ += steps;
    if (is_terminal_) Draw();
  }

 private:
  void Draw();

  const std::string what_;
  const uint64_t total_;
  const bool is_terminal_;
  const uint64_t start_ns_;
  uint64_t next_draw_ns_;
  uint64_t done_ = 0;
  bool is_drawn_ = false;
};

// "replaying [=====     ] 1,200 of 2,400, 12 s, 10 s left", no wider than `width`.
std::string FormatProgress(std::string_view what, uint64_t done, uint64_t total, uint64_t seconds,
                           size_t width);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_PROGRESS_BAR_H_
