// Reads files that somebody else names: never one that blocks, has no end, or is too large.

#ifndef FLOWMON_FLOWDB_READ_FILE_H_
#define FLOWMON_FLOWDB_READ_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace flowmon {

// The bytes of a regular file, also through symbolic links. Error: "cannot read x: it is a
// directory"; of more than `max_bytes`, which may be what is there or what the file claims to have.
absl::StatusOr<std::string> ReadRegularFile(const std::string& path, uint64_t max_bytes);

// xxHash64, seed 0: what databases and inputs are told by.
uint64_t ContentHash(std::string_view bytes);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_READ_FILE_H_
