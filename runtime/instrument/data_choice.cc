#include "runtime/instrument/data_choice.h"

#include <algorithm>
#include <iterator>

namespace flowmon {
namespace {

constexpr struct {
  std::string_view label;
  DataChoice::Kind kind;
} kChoices[] = {
    {"value", DataChoice::Kind::kValue}, {"index", DataChoice::Kind::kIndex},
    {"size", DataChoice::Kind::kSize},   {"bytes", DataChoice::Kind::kBytes},
    {"bound", DataChoice::Kind::kBound}, {"divisor", DataChoice::Kind::kDivisor},
    {"text", DataChoice::Kind::kText},
};

constexpr std::string_view kArgumentPrefix = "argument:";

}  // namespace

std::optional<DataChoice> ParseDataChoice(std::string_view label) {
  if (label.starts_with(kArgumentPrefix)) {
    const std::string_view digits = label.substr(kArgumentPrefix.size());
    if (digits.empty() || digits.size() > 2) return std::nullopt;
    uint8_t number = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return std::nullopt;
      number = static_cast<uint8_t>(number * 10 + (c - '0'));
    }
    return DataChoice{DataChoice::Kind::kArgument, number};
  }
  const auto* choice = std::find_if(std::begin(kChoices), std::end(kChoices),
                                    [&](const auto& c) { return c.label == label; });
  if (choice == std::end(kChoices)) return std::nullopt;
  return DataChoice{choice->kind};
}

}  // namespace flowmon
