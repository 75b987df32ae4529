#include "runtime/instrument/library_table.h"

#include <iterator>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace flowmon {
namespace {

constexpr SizeRule Arg(int8_t a) { return {SizeRule::Kind::kArgument, a}; }
constexpr SizeRule Product(int8_t a, int8_t b) { return {SizeRule::Kind::kProduct, a, b}; }
constexpr SizeRule Returned() { return {SizeRule::Kind::kReturned}; }
constexpr SizeRule ReturnedTimes(int8_t a) { return {SizeRule::Kind::kReturnedTimes, a}; }
// With MSG_TRUNC a datagram's size is returned, whatever part of it was stored.
constexpr SizeRule ReturnedUpTo(int8_t a) { return {SizeRule::Kind::kReturnedUpTo, a}; }

constexpr DataRule Bytes(int8_t argument, SizeRule size) {
  return {DataRule::Kind::kBytes, argument, size};
}
constexpr DataRule PointeeBytes(int8_t argument, SizeRule size) {
  return {DataRule::Kind::kPointeeBytes, argument, size};
}
constexpr DataRule Text(int8_t argument, SizeRule max = {}) {
  return {DataRule::Kind::kText, argument, max};
}
constexpr DataRule PointeeText(int8_t argument, SizeRule max) {
  return {DataRule::Kind::kPointeeText, argument, max};
}
constexpr DataRule Vector(int8_t argument) {
  return {DataRule::Kind::kVector, argument, Returned()};
}
constexpr DataRule Message(int8_t argument) {
  return {DataRule::Kind::kMessage, argument, Returned()};
}
constexpr DataRule Scanned(int8_t format) { return {DataRule::Kind::kScanned, format, {}}; }
constexpr DataRule Value(int8_t argument) { return {DataRule::Kind::kValue, argument, {}}; }
constexpr DataRule Size(SizeRule size) { return {DataRule::Kind::kSize, 0, size}; }

struct Row {
  const char* name;
  DataRule rule;
};

// Reported after the call.
constexpr Row kSources[] = {
    // Input.
    {"read", Bytes(1, Returned())},
    {"__read_chk", Bytes(1, Returned())},
    {"pread", Bytes(1, Returned())},
    {"__pread_chk", Bytes(1, Returned())},
    {"recv", Bytes(1, ReturnedUpTo(2))},
    {"__recv_chk", Bytes(1, ReturnedUpTo(2))},
    {"recvfrom", Bytes(1, ReturnedUpTo(2))},
    {"__recvfrom_chk", Bytes(1, ReturnedUpTo(2))},
    {"fread", Bytes(0, ReturnedTimes(1))},
    {"fread_unlocked", Bytes(0, ReturnedTimes(1))},
    {"__fread_chk", Bytes(0, ReturnedTimes(2))},
    {"__fread_unlocked_chk", Bytes(0, ReturnedTimes(2))},
    {"readlink", Bytes(1, Returned())},
    {"__readlink_chk", Bytes(1, Returned())},
    {"readlinkat", Bytes(2, Returned())},
    {"__readlinkat_chk", Bytes(2, Returned())},
    {"getline", PointeeBytes(0, Returned())},
    {"getdelim", PointeeBytes(0, Returned())},
    {"__getdelim", PointeeBytes(0, Returned())},
    {"readv", Vector(1)},
    {"preadv", Vector(1)},
    {"recvmsg", Message(1)},
    {"scanf", Scanned(0)},
    {"fscanf", Scanned(1)},
    {"sscanf", Scanned(1)},
    {"fgets", Text(kReturnValue)},
    {"fgets_unlocked", Text(kReturnValue)},
    {"__fgets_chk", Text(kReturnValue)},
    {"__fgets_unlocked_chk", Text(kReturnValue)},
    {"gets", Text(kReturnValue)},
    {"__gets_chk", Text(kReturnValue)},
    {"getenv", Text(kReturnValue)},
    {"secure_getenv", Text(kReturnValue)},
    {"getcwd", Text(kReturnValue)},
    {"__getcwd_chk", Text(kReturnValue)},
    {"strtok", Text(kReturnValue)},
    {"strtok_r", Text(kReturnValue)},
    {"__strtok_r", Text(kReturnValue)},
    {"strsep", Text(kReturnValue)},
    {"__strsep_g", Text(kReturnValue)},
    {"realpath", Text(kReturnValue)},
    {"__realpath_chk", Text(kReturnValue)},
    {"getc", Value(kReturnValue)},
    {"_IO_getc", Value(kReturnValue)},
    {"getc_unlocked", Value(kReturnValue)},
    {"fgetc", Value(kReturnValue)},
    {"fgetc_unlocked", Value(kReturnValue)},
    {"getchar", Value(kReturnValue)},
    {"getchar_unlocked", Value(kReturnValue)},
    // Allocation: the pointer.
    {"malloc", Value(kReturnValue)},
    {"calloc", Value(kReturnValue)},
    {"realloc", Value(kReturnValue)},
    {"reallocarray", Value(kReturnValue)},
    {"aligned_alloc", Value(kReturnValue)},
    {"memalign", Value(kReturnValue)},
    {"valloc", Value(kReturnValue)},
    {"_Znwm", Value(kReturnValue)},
    {"_Znam", Value(kReturnValue)},
    // Copies: what has arrived.
    {"memcpy", Bytes(0, Arg(2))},
    {"__memcpy_chk", Bytes(0, Arg(2))},
    {"memmove", Bytes(0, Arg(2))},
    {"__memmove_chk", Bytes(0, Arg(2))},
    {"mempcpy", Bytes(0, Arg(2))},
    {"__mempcpy_chk", Bytes(0, Arg(2))},
    {"memset", Bytes(0, Arg(2))},
    {"__memset_chk", Bytes(0, Arg(2))},
    {"bcopy", Bytes(1, Arg(2))},
    {"bzero", Bytes(0, Arg(1))},
    {"strcpy", Text(0)},
    {"__strcpy_chk", Text(0)},
    {"stpcpy", Text(0)},
    {"__stpcpy_chk", Text(0)},
    {"strcat", Text(0)},
    {"__strcat_chk", Text(0)},
    {"strncat", Text(0)},
    {"__strncat_chk", Text(0)},
    {"strncpy", Text(0, Arg(2))},
    {"__strncpy_chk", Text(0, Arg(2))},
    {"strdup", Text(kReturnValue)},
    {"__strdup", Text(kReturnValue)},
    {"strndup", Text(kReturnValue)},
    {"__strndup", Text(kReturnValue)},
    {"sprintf", Text(0)},
    {"__sprintf_chk", Text(0)},
    {"vsprintf", Text(0)},
    {"__vsprintf_chk", Text(0)},
    {"asprintf", PointeeText(0, Returned())},
    {"__asprintf_chk", PointeeText(0, Returned())},
    {"vasprintf", PointeeText(0, Returned())},
    {"__vasprintf_chk", PointeeText(0, Returned())},
    {"snprintf", Text(0, Arg(1))},
    {"__snprintf_chk", Text(0, Arg(1))},
    {"vsnprintf", Text(0, Arg(1))},
    {"__vsnprintf_chk", Text(0, Arg(1))},
};

// Reported before the call.
constexpr Row kSinks[] = {
    // Copies: the bytes copied.
    {"memcpy", Bytes(1, Arg(2))},
    {"__memcpy_chk", Bytes(1, Arg(2))},
    {"memmove", Bytes(1, Arg(2))},
    {"__memmove_chk", Bytes(1, Arg(2))},
    {"mempcpy", Bytes(1, Arg(2))},
    {"__mempcpy_chk", Bytes(1, Arg(2))},
    {"bcopy", Bytes(0, Arg(2))},
    {"memset", Size(Arg(2))},
    {"__memset_chk", Size(Arg(2))},
    {"bzero", Size(Arg(1))},
    {"strcpy", Text(1)},
    {"__strcpy_chk", Text(1)},
    {"stpcpy", Text(1)},
    {"__stpcpy_chk", Text(1)},
    {"strcat", Text(1)},
    {"__strcat_chk", Text(1)},
    {"strncpy", Text(1, Arg(2))},
    {"__strncpy_chk", Text(1, Arg(2))},
    {"stpncpy", Text(1, Arg(2))},
    {"__stpncpy_chk", Text(1, Arg(2))},
    {"strncat", Text(1, Arg(2))},
    {"__strncat_chk", Text(1, Arg(2))},
    {"strdup", Text(0)},
    {"__strdup", Text(0)},
    {"strndup", Text(0, Arg(1))},
    {"__strndup", Text(0, Arg(1))},
    // Formats: the format string.
    {"printf", Text(0)},
    {"vprintf", Text(0)},
    {"__printf_chk", Text(1)},
    {"__vprintf_chk", Text(1)},
    {"fprintf", Text(1)},
    {"vfprintf", Text(1)},
    {"__fprintf_chk", Text(2)},
    {"__vfprintf_chk", Text(2)},
    {"dprintf", Text(1)},
    {"vdprintf", Text(1)},
    {"__dprintf_chk", Text(2)},
    {"__vdprintf_chk", Text(2)},
    {"sprintf", Text(1)},
    {"vsprintf", Text(1)},
    {"__sprintf_chk", Text(3)},
    {"__vsprintf_chk", Text(3)},
    {"snprintf", Text(2)},
    {"vsnprintf", Text(2)},
    {"__snprintf_chk", Text(4)},
    {"__vsnprintf_chk", Text(4)},
    {"asprintf", Text(1)},
    {"vasprintf", Text(1)},
    {"__asprintf_chk", Text(2)},
    {"__vasprintf_chk", Text(2)},
    {"scanf", Text(0)},
    {"fscanf", Text(1)},
    {"vscanf", Text(0)},
    {"vfscanf", Text(1)},
    {"syslog", Text(1)},
    {"vsyslog", Text(1)},
    {"__syslog_chk", Text(2)},
    {"__vsyslog_chk", Text(2)},
    // Allocation: the size; release: the pointer.
    {"malloc", Size(Arg(0))},
    {"valloc", Size(Arg(0))},
    {"calloc", Size(Product(0, 1))},
    {"realloc", Size(Arg(1))},
    {"reallocarray", Size(Product(1, 2))},
    {"aligned_alloc", Size(Arg(1))},
    {"memalign", Size(Arg(1))},
    {"_Znwm", Size(Arg(0))},
    {"_Znam", Size(Arg(0))},
    {"mmap", Size(Arg(1))},
    {"free", Value(0)},
    {"_ZdlPv", Value(0)},
    {"_ZdlPvm", Value(0)},
    {"_ZdaPv", Value(0)},
    {"_ZdaPvm", Value(0)},
    // Files: the path.
    {"open", Text(0)},
    {"__open_2", Text(0)},
    {"openat", Text(1)},
    {"__openat_2", Text(1)},
    {"creat", Text(0)},
    {"fopen", Text(0)},
    {"freopen", Text(0)},
    {"opendir", Text(0)},
    {"unlink", Text(0)},
    {"unlinkat", Text(1)},
    {"remove", Text(0)},
    {"rename", Text(0)},
    {"renameat", Text(1)},
    {"link", Text(0)},
    {"symlink", Text(0)},
    {"readlink", Text(0)},
    {"mkdir", Text(0)},
    {"mkdirat", Text(1)},
    {"rmdir", Text(0)},
    {"chdir", Text(0)},
    {"chroot", Text(0)},
    {"chmod", Text(0)},
    {"fchmodat", Text(1)},
    {"chown", Text(0)},
    {"lchown", Text(0)},
    {"fchownat", Text(1)},
    {"truncate", Text(0)},
    {"access", Text(0)},
    {"faccessat", Text(1)},
    {"stat", Text(0)},
    {"lstat", Text(0)},
    {"fstatat", Text(1)},
    {"statx", Text(1)},
    {"statfs", Text(0)},
    {"statvfs", Text(0)},
    {"__xstat", Text(1)},
    {"__lxstat", Text(1)},
    {"__fxstatat", Text(2)},
    {"realpath", Text(0)},
    {"__realpath_chk", Text(0)},
    // Programs and libraries.
    {"system", Text(0)},
    {"popen", Text(0)},
    {"execl", Text(0)},
    {"execle", Text(0)},
    {"execlp", Text(0)},
    {"execv", Text(0)},
    {"execve", Text(0)},
    {"execvp", Text(0)},
    {"execvpe", Text(0)},
    {"execveat", Text(1)},
    {"posix_spawn", Text(1)},
    {"posix_spawnp", Text(1)},
    {"dlopen", Text(0)},
    {"getenv", Text(0)},
    {"secure_getenv", Text(0)},
    // Output.
    {"write", Bytes(1, Arg(2))},
    {"pwrite", Bytes(1, Arg(2))},
    {"send", Bytes(1, Arg(2))},
    {"sendto", Bytes(1, Arg(2))},
    {"fwrite", Bytes(0, Product(1, 2))},
    {"fwrite_unlocked", Bytes(0, Product(1, 2))},
    {"puts", Text(0)},
    {"fputs", Text(0)},
    {"fputs_unlocked", Text(0)},
    // Strings that are parsed or measured.
    {"strlen", Text(0)},
    {"strnlen", Text(0, Arg(1))},
    {"sscanf", Text(0)},
    {"vsscanf", Text(0)},
    {"strcmp", Text(0)},
    {"strncmp", Text(0, Arg(2))},
    {"strcasecmp", Text(0)},
    {"strncasecmp", Text(0, Arg(2))},
    {"strcoll", Text(0)},
    {"memcmp", Bytes(0, Arg(2))},
    {"bcmp", Bytes(0, Arg(2))},
    {"memchr", Bytes(0, Arg(2))},
    {"memrchr", Bytes(0, Arg(2))},
    {"memmem", Bytes(0, Arg(1))},
    {"strchr", Text(0)},
    {"strrchr", Text(0)},
    {"strstr", Text(0)},
    {"strcasestr", Text(0)},
    {"strspn", Text(0)},
    {"strcspn", Text(0)},
    {"strpbrk", Text(0)},
    {"atoi", Text(0)},
    {"atol", Text(0)},
    {"atoll", Text(0)},
    {"atof", Text(0)},
    {"strtol", Text(0)},
    {"strtoul", Text(0)},
    {"strtoll", Text(0)},
    {"strtoull", Text(0)},
    {"strtoimax", Text(0)},
    {"strtoumax", Text(0)},
    {"strtod", Text(0)},
    {"strtof", Text(0)},
    {"strtold", Text(0)},
};

using RuleTable = absl::flat_hash_map<absl::string_view, const DataRule*>;

template <size_t size>
RuleTable MakeTable(const Row (&rows)[size]) {
  RuleTable table;
  for (const Row& row : rows) table.emplace(row.name, &row.rule);
  return table;
}

}  // namespace

const DataRule* FindLibraryRule(FunctionRole role, std::string_view name) {
  static const RuleTable sources = MakeTable(kSources);
  static const RuleTable sinks = MakeTable(kSinks);
  const RuleTable& table = role == FunctionRole::kSource ? sources : sinks;
  const auto row = table.find(absl::string_view(name.data(), name.size()));
  return row == table.end() ? nullptr : row->second;
}

}  // namespace flowmon
