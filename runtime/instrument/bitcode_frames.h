// How bitcode travels in an object: the section "flowmon_bitcode" holds one frame per object, which
// the linker concatenates.
//
//     8 bytes  kFrameMagic
//     8 bytes  size of the bitcode, little-endian
//     ...      the bitcode of the module as the front end made it
//
// Written by the pass with FLOW_DERIVE, read by flow-derive. Knows neither LLVM nor ELF.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_BITCODE_FRAMES_H_
#define FLOWMON_RUNTIME_INSTRUMENT_BITCODE_FRAMES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace flowmon {

inline constexpr char kBitcodeSection[] = "flowmon_bitcode";
inline constexpr std::string_view kFrameMagic = "FLOWBC\x01\n";

std::string MakeBitcodeFrame(std::string_view bitcode);

// Views into `section`, in link order. NUL bytes between frames (a linker's padding) are skipped.
// Error: DataLoss for anything else that is no whole frame.
absl::StatusOr<std::vector<std::string_view>> SplitBitcodeFrames(std::string_view section);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_BITCODE_FRAMES_H_
