// The compiler behind flow-cc: which one, and whether the pass fits it.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_CC_BACKEND_H_
#define FLOWMON_RUNTIME_INSTRUMENT_CC_BACKEND_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace flowmon {

// The program to run: FLOW_CC_BACKEND or FLOW_CXX_BACKEND, the C++ one derived from the C one where
// only that is set (clang-14 -> clang++-14), afl-clang-fast(++) where neither is. nullptr = not
// set. Error: no C++ compiler can be derived.
absl::StatusOr<std::string> ChooseBackend(bool is_cxx, const char* cc_backend,
                                          const char* cxx_backend);

// "clang-14" -> "clang++-14", "/opt/afl/afl-cc" -> "/opt/afl/afl-c++"; nullopt for other names.
std::optional<std::string> CxxNameOf(std::string_view cc);

// Whether the name says that it is clang itself: nothing that counts edges is hidden in it.
bool IsPlainClang(std::string_view backend);

// The major version in what `clang --version` prints, whatever a wrapper prints around it; nullopt
// if it is no clang.
std::optional<int> ClangMajor(std::string_view version_output);

// Major versions for which `lib_dir` has a pass, ascending.
std::vector<int> PassVersions(const std::string& lib_dir);
std::string PassPath(const std::string& lib_dir, int version);

// Runs `backend --version`. Returns its clang's major version, one of `versions`. Every error is
// one sentence with its remedy.
absl::StatusOr<int> CheckBackend(const std::string& backend, const std::vector<int>& versions);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_CC_BACKEND_H_
