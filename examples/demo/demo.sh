#!/bin/sh
# Shows what the provider is for: Packer publishes an image, Terraform runs
# machines on it, and a revocation is noticed in time. The emulator of HCP Packer
# runs this script, as "make demo" does.
set -eu
cd "$(dirname "$0")/../.."

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  heading=$(printf '\033[1;35m') command=$(printf '\033[1m') fact=$(printf '\033[32m') end=$(printf '\033[0m')
else
  heading='' command='' fact='' end=''
  export TF_CLI_ARGS=-no-color PACKER_NO_COLOR=1
fi
step() { printf '\n%s── %s%s\n' "$heading" "$1" "$end"; }
run() { printf '%s$ %s%s\n' "$command" "$*" "$end"; "$@"; }
fail() { printf 'demo: %s\n' "$1" >&2; exit 1; }

terraform=terraform
command -v terraform >/dev/null || terraform=tofu
command -v "$terraform" >/dev/null || fail 'neither terraform nor tofu is on the PATH'
command -v curl >/dev/null || fail 'curl is not on the PATH'

# Terraform finds the provider in the home directory, where Packer keeps tokens.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
GOENV=$(go env GOENV) GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE)
export GOENV GOCACHE GOMODCACHE HOME="$work" TMPDIR="$work"
echo 'Building the provider …'
make --silent install >/dev/null
cp examples/demo/main.tf examples/demo/ubuntu.pkr.hcl "$work"
cd "$work"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_CLI_CONFIG_FILE=/dev/null
"$terraform" init >/dev/null

request() { curl --silent --show-error --fail --noproxy '*' --cacert "$SSL_CERT_FILE" "$@"; }

# control METHOD RESOURCE [BODY] controls the emulator.
control() { request -X "$1" "$HCP_AUTH_URL/_hcpfake/$2" ${3:+-d "$3"}; }

# api METHOD RESOURCE BODY changes the bucket, as HCP's own tools do.
api() {
  request -X "$1" -d "$3" -H "Authorization: Bearer $token" \
    "$HCP_AUTH_URL/packer/2023-01-01/organizations/$HCP_ORGANIZATION_ID/projects/$HCP_PROJECT_ID/buckets/ubuntu/$2"
}
token=$(request "$HCP_AUTH_URL/oauth2/token" -u "$HCP_CLIENT_ID:$HCP_CLIENT_SECRET" \
  -d grant_type=client_credentials -d audience=https://api.hashicorp.cloud | sed 's/.*"access_token":"\([^"]*\)".*/\1/')

# publish RELEASE publishes an iteration with an image in each of four regions.
publish() {
  if command -v packer >/dev/null; then
    run env HCP_PACKER_BUILD_FINGERPRINT="release-$1" packer build -var release="$1" ubuntu.pkr.hcl
    return
  fi
  echo 'packer is not on the PATH: publishing with curl instead'
  artifacts=''
  for image in ap-southeast-2/sydney eu-central-1/frankfurt us-east-1/virginia us-west-2/oregon; do
    artifacts="$artifacts,{\"region\":\"${image%/*}\",\"external_identifier\":\"ami-$1-${image#*/}\"}"
  done
  api POST versions "{\"fingerprint\":\"release-$1\",\"template_type\":\"HCL2\"}" >/dev/null
  build=$(api POST "versions/release-$1/builds" '{"component_type":"file.image","status":"BUILD_RUNNING"}' |
    sed 's/.*"id":"\([^"]*\)".*/\1/')
  api PATCH "versions/release-$1/builds/$build" \
    "{\"platform\":\"packer.file\",\"status\":\"BUILD_DONE\",\"artifacts\":[${artifacts#,}]}" >/dev/null
}

approve() {
  api PATCH channels/production "{\"update_mask\":\"versionFingerprint\",\"version_fingerprint\":\"release-$1\"}" >/dev/null
}

# tf runs Terraform, and tells what HCP would bill.
tf() {
  control DELETE requests >/dev/null
  status=0
  run "$terraform" "$@" || status=$?
  billed=$(control GET requests | sed -n 's/.*"billed": \([0-9]*\).*/\1/p')
  printf '\n%sReads billed by HCP: %s%s\n' "$fact" "$billed" "$end"
  return "$status"
}

step '1. Packer publishes an image in four regions: iteration v1'
publish 1
step '2. The channel production points to v1, and Terraform creates a machine in each region'
approve 1
tf apply -auto-approve
step '3. v1 turns out to be vulnerable: it is to be revoked in a day, and a plan warns'
api PATCH versions/release-1 '{"revoke_in":"24h","revocation_message":"CVE-2026-1234, fixed in v2"}' >/dev/null
tf plan
step '4. A day later: a plan is refused'
control POST clock '{"advance":"24h"}' >/dev/null
if tf plan; then fail 'the plan was not refused'; fi
step '5. The fix: Packer publishes v2, and the channel points to it'
publish 2
approve 2
step '6. The plan passes, and replaces the machines of v1'
tf apply -auto-approve
