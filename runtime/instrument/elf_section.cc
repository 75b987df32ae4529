#include "runtime/instrument/elf_section.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace flowmon {

absl::StatusOr<std::string> ReadElfSection(const std::string& path, const char* name) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::NotFoundError(absl::StrCat(path, ": ", std::strerror(errno)));
  const absl::Cleanup close_fd = [&] { close(fd); };
  const auto damaged = [&] {
    return absl::DataLossError(absl::StrCat(path, ": damaged ELF file: ", elf_errmsg(-1)));
  };
  elf_version(EV_CURRENT);
  Elf* elf = elf_begin(fd, ELF_C_READ_MMAP, nullptr);
  const absl::Cleanup end_elf = [&] { elf_end(elf); };
  if (elf == nullptr || elf_kind(elf) != ELF_K_ELF) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not an ELF file"));
  }
  size_t names = 0;
  GElf_Ehdr file_header;
  if (elf_getshdrstrndx(elf, &names) != 0 || gelf_getehdr(elf, &file_header) == nullptr) {
    return damaged();
  }
  // libelf takes a cut file for one without sections.
  if (file_header.e_shoff != 0 && elf_nextscn(elf, nullptr) == nullptr) {
    return absl::DataLossError(absl::StrCat(path, ": damaged ELF file: its end is missing"));
  }

  std::string content;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) return damaged();
    const char* section_name = elf_strptr(elf, names, header.sh_name);
    if (section_name == nullptr || std::strcmp(section_name, name) != 0) continue;
    const Elf_Data* data = elf_rawdata(section, nullptr);
    if (data == nullptr) return damaged();
    if (data->d_buf != nullptr) content.append(static_cast<const char*>(data->d_buf), data->d_size);
  }
  return content;
}

}  // namespace flowmon
