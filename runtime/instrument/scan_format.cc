#include "runtime/instrument/scan_format.h"

#include <algorithm>

namespace flowmon {
namespace {

// Takes the characters of `set` off the front of `rest`.
std::string_view TakeAll(std::string_view& rest, std::string_view set) {
  const size_t end = std::min(rest.find_first_not_of(set), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end);
  return taken;
}

uint64_t NumberSize(std::string_view modifier) {
  if (modifier == "hh") return 1;
  if (modifier == "h") return 2;
  return modifier.empty() ? 4 : 8;
}

std::optional<ScannedData> Stored(char conversion, std::string_view modifier, uint64_t width) {
  using Kind = ScannedData::Kind;
  const bool is_allocated = modifier == "m";
  switch (conversion) {
    case 's':
    case '[':
      if (is_allocated) return ScannedData{Kind::kAllocatedText};
      return modifier.empty() ? std::optional(ScannedData{Kind::kText}) : std::nullopt;
    case 'c':
      return modifier.empty()
                 ? std::optional(ScannedData{Kind::kBytes, std::max<uint64_t>(width, 1)})
                 : std::nullopt;
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
      return ScannedData{Kind::kBytes, NumberSize(modifier)};
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return ScannedData{Kind::kBytes, modifier == "L" ? 16u : modifier == "l" ? 8u : 4u};
    case 'p':
      return ScannedData{Kind::kBytes, sizeof(void*)};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<ScannedData> FirstScanned(std::string_view format) {
  unsigned position = 0;
  for (size_t percent = format.find('%'); percent != std::string_view::npos;
       percent = format.find('%')) {
    format.remove_prefix(percent + 1);
    const bool is_suppressed = format.starts_with('*');
    if (is_suppressed) format.remove_prefix(1);
    uint64_t width = 0;
    for (const char digit : TakeAll(format, "0123456789")) {
      width = std::min<uint64_t>(width * 10 + static_cast<uint64_t>(digit - '0'), UINT32_MAX);
    }
    const std::string_view modifier = TakeAll(format, "hljztLmq");
    if (format.empty()) return std::nullopt;
    const char conversion = format.front();
    format.remove_prefix(1);
    if (conversion == '%') continue;
    if (conversion == 'n') {  // stores how much was read, which is no data
      if (!is_suppressed) ++position;
      continue;
    }
    if (!is_suppressed) {
      std::optional<ScannedData> stored = Stored(conversion, modifier, width);
      if (stored) stored->position = position;
      return stored;
    }
    if (conversion == '[') {  // a ']' in front belongs to the set
      if (format.starts_with('^')) format.remove_prefix(1);
      if (format.starts_with(']')) format.remove_prefix(1);
      format.remove_prefix(std::min(format.find(']'), format.size()));
    }
  }
  return std::nullopt;
}

}  // namespace flowmon
