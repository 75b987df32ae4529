// What the pass leaves in an object file: which locations of the database it found in that object.
//
// Text lines in the section "flowmon_match", which the linker concatenates over all objects:
//
//     db <hash, 16 hex digits> <path of the .flowdb>      opens the notes of one object
//     unit <absolute path>                                the object has code of this file, and the
//                                                         database has a name for it
//     loc <KIND> <id> exact|approximate <what> <place>    what: "call:memcpy", "store", "load", ...
//                                                         place: path:line or path:line:column
//
// Where the location has a label that chooses its data, `what` ends with it: "store[index]", or
// "store[no_index]" if that place has no such data and reports the usual.
//
// Written by the pass, read by flow-cc after linking. Knows neither LLVM nor ELF.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_MATCH_NOTES_H_
#define FLOWMON_RUNTIME_INSTRUMENT_MATCH_NOTES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "flowdb/flowdb.h"

namespace flowmon {

inline constexpr char kMatchNotesSection[] = "flowmon_match";
inline constexpr char kUnmetLabel[] = "[no_";

struct MatchNote {
  LocationKind kind;
  uint32_t id;
  bool exact;
  std::string what;   // no blanks
  std::string place;  // no line ends
  friend bool operator==(const MatchNote&, const MatchNote&) = default;
};

struct ObjectNotes {
  uint64_t db_hash = 0;
  std::string db_path;
  std::vector<std::string> units;
  std::vector<MatchNote> matches;
  friend bool operator==(const ObjectNotes&, const ObjectNotes&) = default;
};

// Blanks in `what` and line ends anywhere are replaced by '?'.
std::string FormatObjectNotes(const ObjectNotes& notes);

// One element per object, in link order. NUL bytes (a linker's padding) are skipped. Error: a line
// that is none of the above.
absl::StatusOr<std::vector<ObjectNotes>> ParseMatchNotes(std::string_view section);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_MATCH_NOTES_H_
