// Writes a FlowDb as .flowdb text (doc/FLOWDB.md). Reading the text back gives an equal database:
// same locations, flows, metadata and order; only the numbering of the files may differ.
//
// Metadata is written as it is: who changes a database brings its counts up to date.

#ifndef FLOWMON_FLOWDB_WRITER_H_
#define FLOWMON_FLOWDB_WRITER_H_

#include <string>

#include "absl/status/status.h"
#include "flowdb/flowdb.h"

namespace flowmon {

std::string FormatFlowDb(const FlowDb& db);

// Atomic: on success the file is whole, on failure it is as it was before (missing or old). Written
// next to `path` and renamed; through a symbolic link the file it points to is replaced. Mode 0644
// less the umask; not synced to disk. Refuses a path that is there and not a regular file, and a
// database with a line that the reader would skip as too long.
absl::Status WriteFlowDb(const FlowDb& db, const std::string& path);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_WRITER_H_
