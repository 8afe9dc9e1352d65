//go:build !unix

package main

import "os/exec"

func inGroup(*exec.Cmd) {}

// interruptGroup kills the command, because here nothing else can be done to it.
func interruptGroup(command *exec.Cmd) error {
	return command.Process.Kill()
}
