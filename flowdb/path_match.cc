#include "flowdb/path_match.h"

#include <algorithm>

namespace flowmon {
namespace {

bool IsAbsolute(std::string_view path) { return path.starts_with("/"); }

// The components of the normalized path, as views into `path`.
std::vector<std::string_view> Components(std::string_view path) {
  std::vector<std::string_view> components;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view component = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(component.size() + 1, rest.size()));
    if (component.empty() || component == ".") continue;
    const bool is_up = component == "..";
    if (is_up && !components.empty() && components.back() != "..") {
      components.pop_back();
    } else if (!is_up || !IsAbsolute(path)) {
      components.push_back(component);
    }
  }
  return components;
}

size_t CommonSuffix(const std::vector<std::string_view>& a,
                    const std::vector<std::string_view>& b) {
  const auto [end, unused] = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  return static_cast<size_t>(end - a.rbegin());
}

}  // namespace

std::string NormalizePath(std::string_view path) {
  std::string normal = IsAbsolute(path) ? "/" : "";
  for (std::string_view component : Components(path)) {
    if (!normal.empty() && normal.back() != '/') normal += '/';
    normal += component;
  }
  return normal.empty() && !path.empty() ? "." : normal;
}

size_t CommonSuffixComponents(std::string_view a, std::string_view b) {
  return CommonSuffix(Components(a), Components(b));
}

std::vector<uint32_t> MatchFileNames(std::string_view path, const std::vector<std::string>& names) {
  const std::vector<std::string_view> wanted = Components(path);
  std::vector<uint32_t> matches;
  size_t longest = 1;
  for (uint32_t i = 0; i < names.size(); ++i) {
    std::vector<std::string_view> components = Components(names[i]);
    components.erase(components.begin(), std::find_if(components.begin(), components.end(),
                                                      [](auto c) { return c != ".."; }));
    const size_t shared = CommonSuffix(wanted, components);
    if (shared < longest) continue;
    if (!IsAbsolute(names[i]) && shared < components.size()) continue;
    if (shared > longest) matches.clear();
    longest = shared;
    matches.push_back(i);
  }
  return matches;
}

}  // namespace flowmon
