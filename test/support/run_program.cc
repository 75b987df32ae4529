#include "test/support/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace flowmon::test {
namespace {

[[noreturn]] void Die(const char* what) {
  perror(what);
  abort();
}

int InputFile(const std::string& content) {
  const int fd = memfd_create("input", 0);
  if (fd < 0 || write(fd, content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
      lseek(fd, 0, SEEK_SET) != 0)
    Die("input");
  return fd;
}

[[noreturn]] void Exec(const Program& program, int input_fd, int output_fd) {
  dup2(input_fd, 0);
  dup2(output_fd, 1);
  dup2(output_fd, 2);
  if (!program.directory.empty() && chdir(program.directory.c_str()) != 0) Die("chdir");
  for (const auto& [name, value] : program.environment)
    value.empty() ? unsetenv(name.c_str()) : setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> argv;
  for (const std::string& arg : program.argv) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
  _exit(127);
}

}  // namespace

RunningProgram::RunningProgram(const Program& program) : timeout_seconds_(program.timeout_seconds) {
  int pipe_fds[2];
  const int input_fd = InputFile(program.input);
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) Die("pipe");
  pid_ = fork();
  if (pid_ < 0) Die("fork");
  if (pid_ == 0) Exec(program, input_fd, pipe_fds[1]);
  close(input_fd);
  close(pipe_fds[1]);
  output_fd_ = pipe_fds[0];
}

RunningProgram::~RunningProgram() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    Wait();
  }
}

Ended RunningProgram::Wait() {
  Ended ended;
  ended.pid = pid_;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(timeout_seconds_);
  // Until the program is gone: what it left running may hold the pipe open for longer.
  int status = 0;
  char chunk[65536];
  bool is_running = true;
  while (true) {
    struct pollfd readable = {output_fd_, POLLIN, 0};
    const int ready = poll(&readable, 1, is_running ? 20 : 0);
    const ssize_t n = ready > 0 ? read(output_fd_, chunk, sizeof(chunk)) : 0;
    if (n > 0) ended.output.append(chunk, static_cast<size_t>(n));
    if (!is_running && n <= 0) break;
    if (is_running && waitpid(pid_, &status, WNOHANG) == pid_) is_running = false;
    if (is_running && ready > 0 && n <= 0) usleep(1000);
    if (is_running && std::chrono::steady_clock::now() > deadline) kill(pid_, SIGKILL);
  }
  close(output_fd_);
  pid_ = -1;
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  return ended;
}

Ended RunProgram(const Program& program) { return RunningProgram(program).Wait(); }

}  // namespace flowmon::test
