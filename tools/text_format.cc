#include "tools/text_format.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_format.h"

namespace flowmon {
namespace {

bool StartsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), StartsCharacter));
}

void CutCharacters(std::string& line, size_t max) {
  size_t characters = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (!StartsCharacter(line[i])) continue;
    if (characters++ == max) {
      line.resize(i);
      return;
    }
  }
}

}  // namespace

std::string FormatCount(uint64_t count) {
  std::string digits = absl::StrFormat("%d", count);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string FormatBytes(uint64_t bytes) {
  if (bytes < 1024) return absl::StrFormat("%d B", bytes);
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // What would be printed as 1024.0 is 1.0 of the next.
  while (size >= 1023.95 && unit + 1 < std::size(kUnits)) {
    size /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", size, kUnits[unit]);
}

std::string FormatNanoseconds(double ns) {
  if (ns < 999.5) return absl::StrFormat("%.0f ns", ns);
  if (ns < 999.95e3) return absl::StrFormat("%.1f us", ns / 1e3);
  if (ns < 999.95e6) return absl::StrFormat("%.1f ms", ns / 1e6);
  return absl::StrFormat("%.2f s", ns / 1e9);
}

std::string FormatMilliseconds(uint64_t ms) {
  if (ms < 10'000) return absl::StrFormat("%d.%03d s", ms / 1000, ms % 1000);
  if (ms < 60'000) return absl::StrFormat("%d.%d s", ms / 1000, ms % 1000 / 100);
  return FormatSeconds(ms / 1000);
}

std::string FormatSeconds(uint64_t seconds) {
  if (seconds < 60) return absl::StrFormat("%d s", seconds);
  if (seconds < 3600) return absl::StrFormat("%d min %02d s", seconds / 60, seconds % 60);
  return absl::StrFormat("%d h %02d min", seconds / 3600, seconds / 60 % 60);
}

std::string TextTable::Format(size_t max_width) const {
  std::vector<size_t> widths;
  widths.reserve(columns_.size());
  for (size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(CountCharacters(columns_[c].title));
    for (const auto& row : rows_) widths[c] = std::max(widths[c], CountCharacters(row[c]));
  }
  std::string out;
  const auto add_line = [&](auto cell_of) {
    std::string line;
    for (size_t c = 0; c < columns_.size(); ++c) {
      const std::string& cell = cell_of(c);
      const size_t padding = widths[c] - CountCharacters(cell);
      const bool right = columns_[c].align == Align::kRight;
      if (c > 0) line += "  ";
      line.append(right ? padding : 0, ' ').append(cell).append(right ? 0 : padding, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    if (max_width > 0) CutCharacters(line, max_width);
    out += line + "\n";
  };
  add_line([&](size_t c) -> const std::string& { return columns_[c].title; });
  for (const auto& row : rows_) add_line([&](size_t c) -> const std::string& { return row[c]; });
  return out;
}

size_t TerminalWidth() {
  struct winsize size = {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace flowmon
