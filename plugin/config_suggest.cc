#include "plugin/config_suggest.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "plugin/config_keys.h"

namespace flowmon {
namespace {

// More edits than that make another word.
constexpr size_t kMaxEdits = 3;

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

// Empty if nothing is near. Of equally near names the first one.
std::string Nearest(std::string_view name, const std::vector<std::string>& known) {
  const std::string wanted = absl::AsciiStrToLower(std::string(name));
  size_t best = std::min(kMaxEdits, wanted.size() / 2) + 1;
  std::string nearest;
  for (const std::string& candidate : known) {
    // Keeps a name of a megabyte from being compared at all.
    if (wanted.size() > candidate.size() + kMaxEdits) continue;
    const size_t distance = EditDistance(wanted, absl::AsciiStrToLower(candidate));
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string DidYouMean(const std::string& name) {
  return name.empty() ? "" : absl::StrCat("; did you mean '", name, "'?");
}

}  // namespace

std::string SuggestConfigKey(std::string_view group, std::string_view name) {
  std::vector<std::string> known;
  if (group.empty()) known.push_back("extends");
  for (const ConfigKey& key : ConfigKeys()) {
    if (group.empty()) {
      known.emplace_back(key.group());
    } else if (key.group() == group) {
      known.emplace_back(key.name());
    }
  }
  if (const std::string nearest = Nearest(name, known); !nearest.empty()) {
    return DidYouMean(group.empty() ? nearest : absl::StrFormat("%s.%s", group, nearest));
  }
  // A known key in the wrong place, perhaps misspelt as well.
  std::vector<std::string> names, paths;
  for (const ConfigKey& key : ConfigKeys()) {
    names.emplace_back(key.name());
    paths.emplace_back(key.path);
  }
  if (const std::string path = Nearest(name, paths); !path.empty()) return DidYouMean(path);
  const std::string elsewhere = Nearest(name, names);
  const auto found = std::ranges::find(names, elsewhere);
  return found == names.end() ? "" : DidYouMean(paths[found - names.begin()]);
}

std::string SuggestEnvironmentName(std::string_view name) {
  std::vector<std::string> known = {std::string(kConfigVariable)};
  for (const ConfigKey& key : ConfigKeys()) {
    known.push_back(EnvironmentName(key));
    if (key.environment_alias.starts_with(kEnvironmentPrefix)) {
      known.emplace_back(key.environment_alias);
    }
  }
  // Without the common prefix, which would make every name long and so every one near.
  for (std::string& candidate : known) candidate.erase(0, kEnvironmentPrefix.size());
  const std::string nearest = Nearest(name.substr(kEnvironmentPrefix.size()), known);
  return nearest.empty() ? "" : DidYouMean(std::string(kEnvironmentPrefix) + nearest);
}

}  // namespace flowmon
