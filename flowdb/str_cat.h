// absl::StrCat() and absl::StrAppend() that take std::string_view as well: abseil as Debian builds
// it has a string_view type of its own, which std::string_view does not convert to.

#ifndef FLOWMON_FLOWDB_STR_CAT_H_
#define FLOWMON_FLOWDB_STR_CAT_H_

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace flowmon {

inline absl::string_view AbslView(std::string_view text) { return {text.data(), text.size()}; }

namespace str_cat_internal {
inline absl::string_view Part(std::string_view text) { return AbslView(text); }
inline absl::string_view Part(const std::string& text) { return text; }
inline absl::string_view Part(const char* text) { return text; }
template <typename Other>
const Other& Part(const Other& other) {
  return other;
}
}  // namespace str_cat_internal

template <typename... Parts>
std::string StrCat(const Parts&... parts) {
  return absl::StrCat(str_cat_internal::Part(parts)...);
}

template <typename... Parts>
void StrAppend(std::string* destination, const Parts&... parts) {
  absl::StrAppend(destination, str_cat_internal::Part(parts)...);
}

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_STR_CAT_H_
