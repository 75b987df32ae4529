#include "runtime/instrument/bitcode_frames.h"

#include <algorithm>
#include <cstdint>

#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr size_t kSizeBytes = 8;

uint64_t ReadSize(std::string_view bytes) {
  uint64_t size = 0;
  for (size_t i = kSizeBytes; i-- > 0;) size = size << 8 | static_cast<unsigned char>(bytes[i]);
  return size;
}

}  // namespace

std::string MakeBitcodeFrame(std::string_view bitcode) {
  std::string frame(kFrameMagic);
  for (uint64_t size = bitcode.size(), i = 0; i < kSizeBytes; ++i, size >>= 8) {
    frame += static_cast<char>(size & 0xff);
  }
  frame += bitcode;
  return frame;
}

absl::StatusOr<std::vector<std::string_view>> SplitBitcodeFrames(std::string_view section) {
  std::vector<std::string_view> frames;
  size_t offset = 0;
  while ((offset = section.find_first_not_of('\0', offset)) != std::string_view::npos) {
    const std::string_view rest = section.substr(offset);
    const size_t header = kFrameMagic.size() + kSizeBytes;
    if (!rest.starts_with(kFrameMagic)) {
      return absl::DataLossError(StrCat("section ", kBitcodeSection, " holds no bitcode frame at ",
                                        offset, ": compile the program anew"));
    }
    if (rest.size() < header || ReadSize(rest.substr(kFrameMagic.size())) > rest.size() - header) {
      return absl::DataLossError(StrCat("section ", kBitcodeSection, ": the bitcode frame at ",
                                        offset, " is cut short: compile the program anew"));
    }
    const uint64_t size = ReadSize(rest.substr(kFrameMagic.size()));
    frames.push_back(rest.substr(header, size));
    offset += header + size;
  }
  return frames;
}

}  // namespace flowmon
