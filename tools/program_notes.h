// What flow-cc left in programs, for the subcommands that look at them.

#ifndef FLOWMON_TOOLS_PROGRAM_NOTES_H_
#define FLOWMON_TOOLS_PROGRAM_NOTES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/instrument/match_notes.h"

namespace flowmon {

// Of one program, shared library or object; empty if flow-cc marked nothing in it.
absl::StatusOr<std::vector<ObjectNotes>> ReadProgramNotes(const std::string& program);

// The database that was asked for, or else (`given` is empty) the one that all objects were
// compiled with.
absl::StatusOr<std::string> ChooseDatabase(const std::string& given,
                                           const std::vector<ObjectNotes>& objects);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_PROGRAM_NOTES_H_
