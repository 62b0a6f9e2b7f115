// SPDX-License-Identifier: Apache-2.0

// Has libcni collect what no attachment named holds any more, as a runtime does:
//
//	libcni-gc NETWORK [CONTAINERID/IFNAME]...
//
// Of the environment: CNI_PATH, NETCONFPATH.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/types"
)

func collect(network string, words []string) error {
	list, err := libcni.LoadConfList(os.Getenv("NETCONFPATH"), network)
	if err != nil {
		return err
	}
	valid := []types.GCAttachment{}
	for _, word := range words {
		container, ifname, _ := strings.Cut(word, "/")
		valid = append(valid, types.GCAttachment{ContainerID: container, IfName: ifname})
	}
	cni := libcni.NewCNIConfig(filepath.SplitList(os.Getenv("CNI_PATH")), nil)
	return cni.GCNetworkList(context.Background(), list, &libcni.GCArgs{ValidAttachments: valid})
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: libcni-gc NETWORK [CONTAINERID/IFNAME]...")
		os.Exit(2)
	}
	if err := collect(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
