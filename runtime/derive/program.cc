#include "runtime/derive/program.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "flowdb/str_cat.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "runtime/instrument/bitcode_frames.h"
#include "runtime/instrument/elf_section.h"

namespace flowmon {
namespace {

bool IsBitcode(std::string_view bytes) {
  return bytes.starts_with("BC\xc0\xde") || bytes.starts_with(std::string_view("\xde\xc0\x17\x0b"));
}

absl::Status AddUnitsOf(const std::string& path, std::vector<BitcodeUnit>& units) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) {
    return absl::NotFoundError(StrCat(path, ": cannot be read"));
  }
  if (IsBitcode(bytes)) {
    units.push_back({path, std::move(bytes)});
    return absl::OkStatus();
  }
  const absl::StatusOr<std::string> section = ReadElfSection(path, kBitcodeSection);
  if (!section.ok()) {
    return absl::InvalidArgumentError(
        StrCat(path, ": neither LLVM bitcode (clang -g -emit-llvm -c) nor a program linked by ",
               "flow-cc with FLOW_DERIVE"));
  }
  const absl::StatusOr<std::vector<std::string_view>> frames = SplitBitcodeFrames(*section);
  if (!frames.ok()) return absl::DataLossError(StrCat(path, ": ", frames.status().message()));
  if (frames->empty()) {
    return absl::InvalidArgumentError(
        StrCat(path, ": no object in it was compiled by flow-cc with FLOW_DERIVE"));
  }
  for (size_t i = 0; i < frames->size(); ++i) {
    units.push_back({StrCat(path, ", object ", i + 1), std::string((*frames)[i])});
  }
  return absl::OkStatus();
}

// The linker tells what is wrong here.
struct CollectErrors : llvm::DiagnosticHandler {
  explicit CollectErrors(std::string* destination) : text(destination) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo& info) override {
    if (info.getSeverity() != llvm::DS_Error) return true;
    llvm::raw_string_ostream stream(*text);
    llvm::DiagnosticPrinterRawOStream printer(stream);
    info.print(printer);
    return true;
  }
  std::string* text;
};

absl::StatusOr<std::unique_ptr<llvm::Module>> Parse(const BitcodeUnit& unit,
                                                    llvm::LLVMContext& context) {
  const llvm::MemoryBufferRef buffer(unit.bytes, unit.name);
  llvm::Expected<std::unique_ptr<llvm::Module>> module = llvm::parseBitcodeFile(buffer, context);
  if (module) return std::move(*module);
  const std::string reason = llvm::toString(module.takeError());
  llvm::Expected<std::string> producer = llvm::getBitcodeProducerString(buffer);
  const std::string made_by = producer ? *producer : "an unknown LLVM";
  if (!producer) llvm::consumeError(producer.takeError());
  return absl::InvalidArgumentError(
      StrCat(unit.name, ": bitcode of ", made_by, " cannot be read by LLVM ", LLVM_VERSION_MAJOR,
             " (", reason, "): it is damaged, or made by a newer compiler"));
}

}  // namespace

absl::StatusOr<std::vector<BitcodeUnit>> ReadBitcodeUnits(const std::vector<std::string>& paths) {
  std::vector<BitcodeUnit> units;
  for (const std::string& path : paths) {
    if (absl::Status status = AddUnitsOf(path, units); !status.ok()) return status;
  }
  return units;
}

absl::StatusOr<std::unique_ptr<llvm::Module>> LinkUnits(const std::vector<BitcodeUnit>& units,
                                                        llvm::LLVMContext& context) {
  std::string errors;
  context.setDiagnosticHandler(std::make_unique<CollectErrors>(&errors));
  auto program = std::make_unique<llvm::Module>("program", context);
  llvm::Linker linker(*program);
  for (const BitcodeUnit& unit : units) {
    absl::StatusOr<std::unique_ptr<llvm::Module>> module = Parse(unit, context);
    if (!module.ok()) return module.status();
    if (linker.linkInModule(std::move(*module))) {
      return absl::InvalidArgumentError(
          StrCat(unit.name, ": does not fit the other bitcode: ", errors));
    }
  }
  if (program->getNamedMetadata("llvm.dbg.cu") == nullptr) {
    return absl::InvalidArgumentError(
        "the bitcode has no debug information, so no place in it has a name: compile with -g");
  }
  return program;
}

}  // namespace flowmon
