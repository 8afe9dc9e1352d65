package provider

import (
	"bytes"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/vmihailenco/msgpack/v5"
)

// What the data source reads cannot get lost without a word.
func TestSetComputedStateWithoutServer(t *testing.T) {
	if err := setComputedState(t.Context(), &imageIterationState{}); err == nil {
		t.Error("nobody took it, and there was no error")
	}
}

// Setting attributes leaves the others as they are.
func TestMergeState(t *testing.T) {
	encoded, err := msgpack.Marshal(map[string]any{"kept": []string{"a"}, "set": nil})
	if err != nil {
		t.Fatal(err)
	}
	object := &tfprotov6.DynamicValue{MsgPack: encoded}
	if err := mergeState(object, map[string]any{"set": "b"}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Kept []string `msgpack:"kept"`
		Set  string   `msgpack:"set"`
	}
	if err := msgpack.Unmarshal(object.MsgPack, &got); err != nil {
		t.Fatal(err)
	}
	for range 100 { // maps go round in another order each time
		again := &tfprotov6.DynamicValue{MsgPack: encoded}
		labels := map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}
		if err := mergeState(again, map[string]any{"set": labels}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(again.MsgPack, []byte("\xa1a\xa11\xa1b\xa12\xa1c\xa13\xa1d\xa14")) {
			t.Fatalf("the labels are not in order: %q", again.MsgPack)
		}
	}
	if len(got.Kept) != 1 || got.Kept[0] != "a" || got.Set != "b" {
		t.Errorf("got %+v", got)
	}
}
