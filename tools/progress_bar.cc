#include "tools/progress_bar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "flowdb/fields.h"
#include "flowdb/str_cat.h"
#include "plugin/clock.h"
#include "tools/text_format.h"

namespace flowmon {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr size_t kBarWidth = 20;

size_t ErrorWidth() {
  struct winsize size;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1u : 79;
}

}  // namespace

std::string FormatProgress(std::string_view what, uint64_t done, uint64_t total, uint64_t seconds,
                           size_t width) {
  std::string line(what);
  if (total > 0) {
    done = std::min(done, total);
    const auto filled = static_cast<size_t>(static_cast<double>(done) / static_cast<double>(total) *
                                            static_cast<double>(kBarWidth));
    StrAppend(&line, " [", std::string(filled, '='), std::string(kBarWidth - filled, ' '), "]");
  }
  StrAppend(&line, " ", FormatCount(done));
  if (total > 0) StrAppend(&line, " of ", FormatCount(total));
  StrAppend(&line, ", ", FormatSeconds(seconds));
  if (total > done && done > 0)
    StrAppend(&line, ", ",
              FormatSeconds(static_cast<uint64_t>(static_cast<double>(seconds) *
                                                  static_cast<double>(total - done) /
                                                  static_cast<double>(done))),
              " left");
  return line.substr(0, width);
}

ProgressBar::ProgressBar(std::string_view what, uint64_t total)
    : what_(PrintableText(what)),
      total_(total),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      start_ns_(NowNs(CLOCK_MONOTONIC)),
      next_draw_ns_(start_ns_ + 2 * kNsPerSecond) {}

ProgressBar::~ProgressBar() {
  if (is_drawn_) std::cerr << "\r\33[K" << std::flush;
}

void ProgressBar::Draw() {
  const uint64_t now_ns = NowNs(CLOCK_MONOTONIC_COARSE);
  if (now_ns < next_draw_ns_) return;
  next_draw_ns_ = now_ns + kNsPerSecond / 5;
  is_drawn_ = true;
  std::cerr << "\r"
            << FormatProgress(what_, done_, total_, (now_ns - start_ns_) / kNsPerSecond,
                              ErrorWidth())
            << "\33[K" << std::flush;
}

}  // namespace flowmon
