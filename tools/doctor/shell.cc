#include "tools/doctor/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "flowdb/str_cat.h"

namespace flowmon::doctor {
namespace {

constexpr size_t kMaxOutput = 1 << 16;

std::string Quoted(const std::string& text) {
  return StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

}  // namespace

std::string FindInPath(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = getenv("PATH");
  for (const std::string& directory :
       std::vector<std::string>(absl::StrSplit(path != nullptr ? path : "", ':'))) {
    std::string file = StrCat(directory.empty() ? "." : directory, "/", name);
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

std::string OutputOf(const std::string& setting, const std::string& program,
                     const std::string& argument) {
  const std::string command =
      StrCat(setting, " ", Quoted(program), " ", argument, " </dev/null 2>&1");
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), pclose);
  if (!output) return "";
  std::string text(kMaxOutput, '\0');
  text.resize(fread(text.data(), 1, text.size(), output.get()));
  return text;
}

}  // namespace flowmon::doctor
