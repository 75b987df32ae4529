#include "runtime/derive/library_models.h"

#include <algorithm>
#include <iterator>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "flowdb/str_cat.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/IntrinsicInst.h"
#include "runtime/instrument/callee_name.h"

namespace flowmon {
namespace {

constexpr Port Value(int8_t argument) { return {Port::Kind::kValue, argument}; }
constexpr Port Content(int8_t argument) { return {Port::Kind::kContent, argument}; }
constexpr Port Pointee(int8_t argument) { return {Port::Kind::kPointee, argument}; }
constexpr Port Rest(int8_t argument) { return {Port::Kind::kRest, argument}; }

// Data from outside.
constexpr LibraryModel Input(std::string_view name, Port where, std::string_view data,
                             int8_t size = -1, int8_t count = -1) {
  LibraryModel model{name, where, data, {}};
  model.size = size;
  model.count = count;
  if (where.argument == kReturnValue && where.kind == Port::Kind::kContent) {
    model.returns = LibraryModel::Pointer::kNew;
  }
  return model;
}
// fgets() and the like return their argument.
constexpr LibraryModel InputInto0(std::string_view name) {
  return {name, Content(0), "text", {}, LibraryModel::Pointer::kArgument, 0};
}
constexpr LibraryModel Move(std::string_view name, Port from, Port to, Port from2 = {},
                            Port to2 = {}) {
  return {name, {}, "", {{from, to}, {from2, to2}}};
}
constexpr LibraryModel MoveReturning(std::string_view name, int8_t returned, Port from, Port to,
                                     Port from2 = {}, Port to2 = {}) {
  return {name, {}, "", {{from, to}, {from2, to2}}, LibraryModel::Pointer::kArgument, returned};
}
constexpr LibraryModel Find(std::string_view name) {
  return {name, {}, "", {{Content(0), Value(kReturnValue)}}, LibraryModel::Pointer::kArgument, 0};
}
constexpr LibraryModel Allocate(std::string_view name, int8_t size, int8_t count = -1) {
  return {name, {}, "", {}, LibraryModel::Pointer::kNew, 0, size, count};
}
constexpr LibraryModel Duplicate(std::string_view name, int8_t size = -1) {
  return {name, {},  "", {{Content(0), Content(kReturnValue)}}, LibraryModel::Pointer::kNew,
          0,    size};
}
constexpr LibraryModel Nothing(std::string_view name) { return {name, {}, "", {}}; }
constexpr LibraryModel Callback(std::string_view name, int8_t callback) {
  LibraryModel model = Nothing(name);
  model.callback = callback;
  return model;
}

constexpr LibraryModel kModels[] = {
    Input("read", Content(1), "bytes", 2),
    Input("pread", Content(1), "bytes", 2),
    Input("recv", Content(1), "bytes", 2),
    Input("recvfrom", Content(1), "bytes", 2),
    Input("readlink", Content(1), "bytes", 2),
    Input("fread", Content(0), "bytes", 1, 2),
    Input("fread_unlocked", Content(0), "bytes", 1, 2),
    Input("getline", Pointee(0), "bytes"),
    Input("getdelim", Pointee(0), "bytes"),
    InputInto0("fgets"),
    InputInto0("fgets_unlocked"),
    InputInto0("gets"),
    Input("getenv", Content(kReturnValue), "text"),
    Input("secure_getenv", Content(kReturnValue), "text"),
    Input("getc", Value(kReturnValue), "value"),
    Input("_IO_getc", Value(kReturnValue), "value"),
    Input("getc_unlocked", Value(kReturnValue), "value"),
    Input("fgetc", Value(kReturnValue), "value"),
    Input("getchar", Value(kReturnValue), "value"),
    Input("scanf", Rest(1), ""),
    Input("fscanf", Rest(2), ""),
    MoveReturning("memcpy", 0, Content(1), Content(0)),
    MoveReturning("memmove", 0, Content(1), Content(0)),
    MoveReturning("mempcpy", 0, Content(1), Content(0)),
    MoveReturning("memccpy", 0, Content(1), Content(0)),
    Move("bcopy", Content(0), Content(1)),
    MoveReturning("memset", 0, Value(1), Content(0)),
    MoveReturning("strcpy", 0, Content(1), Content(0)),
    MoveReturning("stpcpy", 0, Content(1), Content(0)),
    MoveReturning("strncpy", 0, Content(1), Content(0)),
    MoveReturning("stpncpy", 0, Content(1), Content(0)),
    MoveReturning("strcat", 0, Content(1), Content(0)),
    MoveReturning("strncat", 0, Content(1), Content(0)),
    Move("strlcpy", Content(1), Content(0), Content(1), Value(kReturnValue)),
    Move("strlcat", Content(1), Content(0), Content(1), Value(kReturnValue)),
    Move("sprintf", Rest(1), Content(0)),
    Move("snprintf", Rest(2), Content(0)),
    Move("vsprintf", Rest(1), Content(0)),
    Move("vsnprintf", Rest(2), Content(0)),
    Move("asprintf", Rest(1), Pointee(0)),
    Move("__sprintf_chk", Rest(3), Content(0)),
    Move("__snprintf_chk", Rest(4), Content(0)),
    Move("__vsprintf_chk", Rest(3), Content(0)),
    Move("__vsnprintf_chk", Rest(4), Content(0)),
    Move("__asprintf_chk", Rest(2), Pointee(0)),
    Move("sscanf", Content(0), Rest(2)),
    Duplicate("strdup"),
    Duplicate("strndup"),
    Duplicate("realloc", 1),
    Duplicate("reallocarray", 2),
    Allocate("malloc", 0),
    Allocate("calloc", 0, 1),
    Allocate("valloc", 0),
    Allocate("aligned_alloc", 1),
    Allocate("memalign", 1),
    Allocate("_Znwm", 0),
    Allocate("_Znam", 0),
    Allocate("_ZnwmRKSt9nothrow_t", 0),
    Allocate("_ZnamRKSt9nothrow_t", 0),
    Allocate("__cxa_allocate_exception", 0),
    Find("strchr"),
    Find("strrchr"),
    Find("strstr"),
    Find("strpbrk"),
    Find("strtok"),
    Find("strchrnul"),
    Find("memchr"),
    Find("memrchr"),
    Find("memmem"),
    Find("index"),
    Find("rindex"),
    Find("rawmemchr"),
    Move("strlen", Content(0), Value(kReturnValue)),
    Move("strnlen", Content(0), Value(kReturnValue)),
    Move("strspn", Content(0), Value(kReturnValue)),
    Move("strcspn", Content(0), Value(kReturnValue)),
    Move("atoi", Content(0), Value(kReturnValue)),
    Move("atol", Content(0), Value(kReturnValue)),
    Move("atoll", Content(0), Value(kReturnValue)),
    Move("atof", Content(0), Value(kReturnValue)),
    Move("strtol", Content(0), Value(kReturnValue), Value(0), Content(1)),
    Move("strtoul", Content(0), Value(kReturnValue), Value(0), Content(1)),
    Move("strtoll", Content(0), Value(kReturnValue), Value(0), Content(1)),
    Move("strtoull", Content(0), Value(kReturnValue), Value(0), Content(1)),
    Move("strtod", Content(0), Value(kReturnValue), Value(0), Content(1)),
    Move("strtof", Content(0), Value(kReturnValue), Value(0), Content(1)),
    Move("strtold", Content(0), Value(kReturnValue), Value(0), Content(1)),
    Nothing("strcmp"),
    Nothing("strncmp"),
    Nothing("strcasecmp"),
    Nothing("strncasecmp"),
    Nothing("memcmp"),
    Nothing("bcmp"),
    Nothing("free"),
    Nothing("_ZdlPv"),
    Nothing("_ZdlPvm"),
    Nothing("_ZdaPv"),
    Nothing("_ZdaPvm"),
    Nothing("printf"),
    Nothing("fprintf"),
    Nothing("vfprintf"),
    Nothing("__printf_chk"),
    Nothing("__fprintf_chk"),
    Nothing("__vfprintf_chk"),
    Nothing("puts"),
    Nothing("putchar"),
    Nothing("fputs"),
    Nothing("fputc"),
    Nothing("putc"),
    Nothing("fwrite"),
    Nothing("write"),
    Nothing("send"),
    Nothing("exit"),
    Nothing("abort"),
    Nothing("__assert_fail"),
    Nothing("system"),
    Nothing("open"),
    Nothing("close"),
    Nothing("fclose"),
    Nothing("isalpha"),
    Nothing("isdigit"),
    Nothing("isspace"),
    Nothing("isalnum"),
    Nothing("isprint"),
    Nothing("isupper"),
    Nothing("islower"),
    Nothing("ispunct"),
    Nothing("isxdigit"),
    Nothing("iscntrl"),
    Callback("qsort", 3),
    Callback("_ZSt9terminatev", -1),
};

constexpr LibrarySink CopyOf(std::string_view name, int8_t from) {
  return {name, Rule::kCopy, Content(from), "bytes"};
}
constexpr LibrarySink CopyOfText(std::string_view name, int8_t from) {
  return {name, Rule::kCopy, Content(from), "text"};
}
constexpr LibrarySink CopySize(std::string_view name, int8_t size) {
  return {name, Rule::kCopySize, Value(size), "size"};
}
constexpr LibrarySink AllocationSize(std::string_view name, int8_t size) {
  return {name, Rule::kAllocationSize, Value(size), "size"};
}
constexpr LibrarySink Text(std::string_view name, Rule rule, int8_t argument) {
  return {name, rule, Content(argument), "text"};
}

// Rows of one name stand together.
constexpr LibrarySink kSinks[] = {
    CopyOf("memcpy", 1),
    CopySize("memcpy", 2),
    CopyOf("memmove", 1),
    CopySize("memmove", 2),
    CopyOf("mempcpy", 1),
    CopySize("mempcpy", 2),
    CopyOf("bcopy", 0),
    CopySize("bcopy", 2),
    CopySize("memset", 2),
    CopySize("bzero", 1),
    CopyOfText("strcpy", 1),
    CopyOfText("stpcpy", 1),
    CopyOfText("strcat", 1),
    CopyOfText("strncpy", 1),
    CopySize("strncpy", 2),
    CopyOfText("stpncpy", 1),
    CopySize("stpncpy", 2),
    CopyOfText("strncat", 1),
    CopySize("strncat", 2),
    AllocationSize("malloc", 0),
    AllocationSize("valloc", 0),
    AllocationSize("calloc", 0),
    AllocationSize("calloc", 1),
    AllocationSize("realloc", 1),
    AllocationSize("reallocarray", 1),
    AllocationSize("reallocarray", 2),
    AllocationSize("aligned_alloc", 1),
    AllocationSize("memalign", 1),
    AllocationSize("_Znwm", 0),
    AllocationSize("_Znam", 0),
    AllocationSize("_ZnwmRKSt9nothrow_t", 0),
    AllocationSize("_ZnamRKSt9nothrow_t", 0),
    Text("printf", Rule::kFormat, 0),
    Text("vprintf", Rule::kFormat, 0),
    Text("fprintf", Rule::kFormat, 1),
    Text("vfprintf", Rule::kFormat, 1),
    Text("dprintf", Rule::kFormat, 1),
    Text("vdprintf", Rule::kFormat, 1),
    Text("sprintf", Rule::kFormat, 1),
    Text("vsprintf", Rule::kFormat, 1),
    Text("snprintf", Rule::kFormat, 2),
    Text("vsnprintf", Rule::kFormat, 2),
    Text("asprintf", Rule::kFormat, 1),
    Text("vasprintf", Rule::kFormat, 1),
    Text("syslog", Rule::kFormat, 1),
    Text("vsyslog", Rule::kFormat, 1),
    Text("__printf_chk", Rule::kFormat, 1),
    Text("__vprintf_chk", Rule::kFormat, 1),
    Text("__fprintf_chk", Rule::kFormat, 2),
    Text("__vfprintf_chk", Rule::kFormat, 2),
    Text("__dprintf_chk", Rule::kFormat, 2),
    Text("__vdprintf_chk", Rule::kFormat, 2),
    Text("__sprintf_chk", Rule::kFormat, 3),
    Text("__vsprintf_chk", Rule::kFormat, 3),
    Text("__snprintf_chk", Rule::kFormat, 4),
    Text("__vsnprintf_chk", Rule::kFormat, 4),
    Text("__asprintf_chk", Rule::kFormat, 2),
    Text("__vasprintf_chk", Rule::kFormat, 2),
    Text("__syslog_chk", Rule::kFormat, 2),
    Text("__vsyslog_chk", Rule::kFormat, 2),
    Text("system", Rule::kCommand, 0),
    Text("popen", Rule::kCommand, 0),
    Text("execl", Rule::kCommand, 0),
    Text("execle", Rule::kCommand, 0),
    Text("execlp", Rule::kCommand, 0),
    Text("execv", Rule::kCommand, 0),
    Text("execve", Rule::kCommand, 0),
    Text("execvp", Rule::kCommand, 0),
    Text("execvpe", Rule::kCommand, 0),
    Text("posix_spawn", Rule::kCommand, 1),
    Text("posix_spawnp", Rule::kCommand, 1),
    Text("dlopen", Rule::kCommand, 0),
    Text("open", Rule::kPath, 0),
    Text("__open_2", Rule::kPath, 0),
    Text("openat", Rule::kPath, 1),
    Text("__openat_2", Rule::kPath, 1),
    Text("creat", Rule::kPath, 0),
    Text("fopen", Rule::kPath, 0),
    Text("freopen", Rule::kPath, 0),
    Text("opendir", Rule::kPath, 0),
    Text("unlink", Rule::kPath, 0),
    Text("remove", Rule::kPath, 0),
    Text("rename", Rule::kPath, 0),
    Text("mkdir", Rule::kPath, 0),
    Text("rmdir", Rule::kPath, 0),
    Text("chdir", Rule::kPath, 0),
    Text("chmod", Rule::kPath, 0),
    Text("chown", Rule::kPath, 0),
    Text("access", Rule::kPath, 0),
    Text("stat", Rule::kPath, 0),
    Text("lstat", Rule::kPath, 0),
};

// Only the forms whose arguments that count stand where the plain function has them.
constexpr std::string_view kFortifiedWithSameOrder[] = {
    "memcpy", "memmove", "mempcpy",        "memset",   "strcpy",   "stpcpy",
    "strcat", "strncpy", "stpncpy",        "strncat",  "strlcpy",  "strlcat",
    "read",   "pread",   "recv",           "recvfrom", "fgets",    "fgets_unlocked",
    "gets",   "fread",   "fread_unlocked", "getline",  "getdelim", "readlink"};

}  // namespace

std::string LibraryName(const llvm::CallBase& call) {
  const auto* callee = llvm::dyn_cast<llvm::Function>(call.getCalledOperand()->stripPointerCasts());
  if (callee == nullptr) return "";
  std::string name = NameInSource(call, *callee).str();
  // The program's own read64() is no read().
  if (callee->isDeclaration()) name = WithoutVariant(name);
  llvm::StringRef plain = name;
  if (plain.consume_front("__") && plain.consume_back("_chk") &&
      std::count(std::begin(kFortifiedWithSameOrder), std::end(kFortifiedWithSameOrder),
                 std::string_view(plain.data(), plain.size())) != 0) {
    return plain.str();
  }
  return name;
}

bool IsCxxLibrary(std::string_view name) {
  return name.starts_with("_ZNSt") || name.starts_with("_ZNKSt") || name.starts_with("_ZSt");
}

const LibraryModel* FindLibraryModel(std::string_view name) {
  static const auto* const table = [] {
    auto* models = new absl::flat_hash_map<absl::string_view, const LibraryModel*>;
    for (const LibraryModel& model : kModels) models->emplace(AbslView(model.name), &model);
    return models;
  }();
  const auto found = table->find(AbslView(name));
  return found == table->end() ? nullptr : found->second;
}

uint64_t ConstantProduct(const llvm::CallBase& call, int8_t size, int8_t count) {
  if (size < 0) return 0;
  uint64_t product = 1;
  for (int8_t argument : {size, count}) {
    if (argument < 0 || static_cast<unsigned>(argument) >= call.arg_size()) continue;
    const auto* number =
        llvm::dyn_cast<llvm::ConstantInt>(call.getArgOperand(static_cast<unsigned>(argument)));
    if (number == nullptr) return 0;
    product *= number->getLimitedValue();
  }
  return product;
}

std::span<const LibrarySink> FindLibrarySinks(std::string_view name) {
  const auto has_name = [&](const LibrarySink& sink) { return sink.name == name; };
  const auto* first = std::find_if(std::begin(kSinks), std::end(kSinks), has_name);
  return {first, std::find_if_not(first, std::end(kSinks), has_name)};
}

}  // namespace flowmon
