// Reads one section of a linked ELF file.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_ELF_SECTION_H_
#define FLOWMON_RUNTIME_INSTRUMENT_ELF_SECTION_H_

#include <string>

#include "absl/status/statusor.h"

namespace flowmon {

// All sections of that name, one after the other; empty without any. Errors: NotFound for a file
// that cannot be opened, InvalidArgument for one that is not ELF, DataLoss for a damaged one.
absl::StatusOr<std::string> ReadElfSection(const std::string& path, const char* name);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_ELF_SECTION_H_
