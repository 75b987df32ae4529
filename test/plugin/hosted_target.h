// A target under a forkserver, run one input at a time: test/targets/hosted.c.

#ifndef FLOWMON_TEST_PLUGIN_HOSTED_TARGET_H_
#define FLOWMON_TEST_PLUGIN_HOSTED_TARGET_H_

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace flowmon::test {

enum class HostedMode { kFork, kLoop };

// Starts with the environment of the moment. Ended with the object.
class HostedTarget {
 public:
  HostedTarget(const std::string& name, HostedMode mode) {
    const std::string path = std::string(FLOWMON_BINARY_DIR) + "/bin/hosted_" + name;
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) abort();
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(sockets[1], 0);
      dup2(sockets[1], 1);
      execl(path.c_str(), path.c_str(), mode == HostedMode::kLoop ? "loop" : nullptr, nullptr);
      _exit(127);
    }
    close(sockets[1]);
    socket_ = sockets[0];
  }
  ~HostedTarget() {
    close(socket_);  // both of its processes read the end of their input
    waitpid(pid_, nullptr, 0);
  }
  HostedTarget(const HostedTarget&) = delete;
  HostedTarget& operator=(const HostedTarget&) = delete;

  // Returns when the execution is over; false if the target has gone. `input` has no line breaks.
  bool Execute(const std::string& input) {
    const std::string line = input + "\n";
    char answer;
    return send(socket_, line.data(), line.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(line.size()) &&
           read(socket_, &answer, 1) == 1;
  }

 private:
  pid_t pid_;
  int socket_;
};

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_PLUGIN_HOSTED_TARGET_H_
