//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// inGroup gives the command a process group of its own.
func inGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// interruptGroup interrupts the command and what it started: Go does not wait
// for the compilers that it leaves behind.
func interruptGroup(command *exec.Cmd) error {
	return syscall.Kill(-command.Process.Pid, syscall.SIGINT)
}
