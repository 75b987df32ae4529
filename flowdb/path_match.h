// Decides whether two names mean the same source file, although analyser and compiler ran
// elsewhere.
//
// Used by the instrumentation pass for "the file of a .flowdb location is the file being compiled".

#ifndef FLOWMON_FLOWDB_PATH_MATCH_H_
#define FLOWMON_FLOWDB_PATH_MATCH_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowmon {

// Removes "." and resolves "..", textually; "a//b/../c" becomes "a/c". Leading ".." of a relative
// path stay, a path that cancels out becomes ".", a trailing '/' goes.
std::string NormalizePath(std::string_view path);

// Number of whole path components that both names share, counted from their ends, after
// normalization.
size_t CommonSuffixComponents(std::string_view a, std::string_view b);

// Which of the names (any mix of relative and absolute) means `path`, the absolute name of a file
// being compiled: a relative name must be a suffix of it as a whole (but for leading "..", which
// only tell where the analyser stood); an absolute one must share at least its last component. The
// longest shared suffix wins; equal ones are all returned, as ascending indexes into `names`.
std::vector<uint32_t> MatchFileNames(std::string_view path, const std::vector<std::string>& names);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_PATH_MATCH_H_
