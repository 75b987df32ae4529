#include "tools/program_notes.h"

#include <filesystem>
#include <set>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "flowdb/str_cat.h"
#include "runtime/instrument/elf_section.h"

namespace flowmon {

absl::StatusOr<std::vector<ObjectNotes>> ReadProgramNotes(const std::string& program) {
  const absl::StatusOr<std::string> section = ReadElfSection(program, kMatchNotesSection);
  if (absl::IsInvalidArgument(section.status())) {
    return absl::InvalidArgumentError(
        StrCat(section.status().message(),
               "; give programs, shared libraries or object files that flow-cc made"));
  }
  if (!section.ok()) return section.status();
  absl::StatusOr<std::vector<ObjectNotes>> notes = ParseMatchNotes(*section);
  if (!notes.ok()) {
    return absl::DataLossError(StrCat(program, ": ", notes.status().message()));
  }
  return notes;
}

absl::StatusOr<std::string> ChooseDatabase(const std::string& given,
                                           const std::vector<ObjectNotes>& objects) {
  std::set<std::string> paths;
  for (const ObjectNotes& object : objects) paths.insert(object.db_path);
  if (!given.empty()) {
    std::error_code error;
    const std::filesystem::path path = std::filesystem::canonical(given, error);
    return error ? given : path.string();  // what is wrong, the reader says
  }
  if (paths.size() == 1) return *paths.begin();
  return absl::InvalidArgumentError(StrCat("the objects were compiled with several databases (",
                                           absl::StrJoin(paths, ", "),
                                           "): choose one with --flowdb"));
}

}  // namespace flowmon
