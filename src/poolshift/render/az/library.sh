# shellcheck shell=bash disable=SC2016,SC2154
# The functions of a rendered az script. A script takes along only those that it uses: each starts
# with its comment and `name() {` in the first column and ends with `}` there. What they read from
# outside stands on top of a rendered script as variables.

# Tells what happens.
say() {
  printf '%s\n' "$*" >&2
}

# Tells what is the case already.
already() {
  say "  already: $*"
}

# Ends the script: what is wrong, then what to do.
fail() {
  say "error: $1"
  if [ $# -gt 1 ]; then
    say "  do: $2"
  fi
  exit 1
}

# Ends the script before anything was changed.
refuse() {
  say "refused: $1"
  if [ $# -gt 1 ]; then
    say "  do: $2"
  fi
  exit 2
}

# Shows a command as it could be typed.
show() {
  local word line="  +"
  for word in "$@"; do
    case $word in
      '' | *[!A-Za-z0-9_./:=,@%+-]*) line+=" '${word//\'/\'\\\'\'}'" ;;
      *) line+=" $word" ;;
    esac
  done
  say "${line/#  + kube /  + kubectl }"
}

# Shows a command, then runs it.
run() {
  show "$@"
  "$@"
}

# Waits so many seconds.
pause() {
  sleep "$1"
}

# Passes once more a time of waiting and fails when it is too long: seconds so far, what for.
wait_more() {
  if [ "$1" -ge "$patience_s" ]; then
    fail "$2 (waited $1 s)" "look at it, then go on with: $0 --from $current"
  fi
  if [ $(($1 % 60)) -eq 0 ]; then
    say "  waiting: $2"
  fi
  pause "$poll_s"
}

# az on the plan's subscription.
azure() {
  az "$@" --subscription "$subscription" --only-show-errors
}

# kubectl on the context that the script started with.
kube() {
  kubectl --context="$context" "$@"
}

# A change by az; while the service is busy it is asked again.
change() {
  local tries=0 said
  show "$@"
  until said=$(azure "${@:2}" --output none 2>&1); do
    case $said in
      *OperationNotAllowed* | *AnotherOperation* | *TooManyRequests* | *EtagMismatch*) ;;
      *) fail "az refused: $said" "mend the cause, then go on with: $0 --from $current" ;;
    esac
    tries=$((tries + 1))
    if [ "$tries" -ge 30 ]; then
      fail "the service is still busy: $said" "go on later with: $0 --from $current"
    fi
    say "  the service is busy, asking again in a minute"
    pause 60
  done
}

# Whether the first version is at least the second (dots and numbers).
at_least() {
  local -a have want
  local i
  IFS=. read -r -a have <<<"${1%%[!0-9.]*}"
  IFS=. read -r -a want <<<"${2%%[!0-9.]*}"
  for i in 0 1 2; do
    if [ "${have[i]:-0}" -gt "${want[i]:-0}" ]; then
      return 0
    fi
    if [ "${have[i]:-0}" -lt "${want[i]:-0}" ]; then
      return 1
    fi
  done
}

# The clients are there and new enough.
check_clients() {
  local tool version
  for tool in az kubectl awk grep; do
    if ! command -v "$tool" >/dev/null; then
      refuse "$tool is not installed" "install $tool and start again"
    fi
  done
  version=$(az version --query '"azure-cli"' --output tsv 2>/dev/null) ||
    refuse "az does not run" "see what az version says"
  if [ -n "$min_az" ] && ! at_least "$version" "$min_az"; then
    refuse "az is $version, and the target needs $min_az or later" "az upgrade"
  fi
  version=$(kubectl patch --help 2>/dev/null) || refuse "kubectl does not run"
  if ! grep -q -e --patch-file <<<"$version"; then
    refuse "kubectl patch takes no --patch-file" "install a newer kubectl"
  fi
}

# az and kubectl speak of the plan's cluster, and of the same.
check_cluster() {
  local found
  found=$(azure aks show --resource-group="$resource_group" --name="$cluster" \
    --query nodeResourceGroup --output tsv) ||
    refuse "az cannot read the cluster" "az login, and see that the subscription is the plan's"
  node_group=$(lower "$found")
  if [ -z "$context" ]; then
    context=$(kubectl config current-context 2>/dev/null) ||
      refuse "kubectl has no current context" "az aks get-credentials, or pass --context NAME"
  fi
  found=$(kube get nodes \
    --output=jsonpath='{.items[0].spec.providerID}|{.items[0].metadata.labels.kubernetes\.azure\.com/cluster}') ||
    refuse "kubectl cannot read the nodes of context $context" "az aks get-credentials"
  # The machine's id tells subscription and group; where it does not, the label tells the group.
  case $(lower "$found") in
    azure:///subscriptions/"$(lower "$subscription")"/resourcegroups/"$node_group"/*) ;;
    azure:///subscriptions/*) wrong_context "$found" ;;
    *"|$node_group") ;;
    *) wrong_context "$found" ;;
  esac
}

# Refuses a context of another cluster.
wrong_context() {
  refuse "kubectl's context $context is another cluster (a node of it is $1)" \
    "pass --context NAME, or take the cluster's own with az aks get-credentials"
}

# Text in lower case.
lower() {
  printf '%s' "$1" | tr '[:upper:]' '[:lower:]'
}

# The rights are there, and no run of poolshift holds the cluster.
check_access() {
  local right holder
  holder=$(az aks nodepool add --help 2>/dev/null) || fail "az does not know its own options"
  if ! grep -q -e --if-none-match <<<"$holder"; then
    fail "az aks nodepool add knows no --if-none-match" "az upgrade"
  fi
  for right in 'list nodes' 'patch nodes' 'list pods' 'patch pods' 'create pods/eviction' \
    'get deployments.apps' 'patch deployments.apps' 'patch statefulsets.apps' \
    'create daemonsets.apps' 'delete daemonsets.apps' 'list poddisruptionbudgets.policy'; do
    # shellcheck disable=SC2086  # the verb and the resource are two words
    if ! kube auth can-i $right --all-namespaces --quiet; then
      fail "no right to $right" "bind a role that allows it to this identity"
    fi
  done
  holder=$(kube get lease poolshift --namespace=kube-system --ignore-not-found \
    --output=jsonpath='{.spec.holderIdentity}') || fail "the lease of runs cannot be read"
  if [ -n "$holder" ]; then
    fail "a run of poolshift holds the cluster: $holder" "let it end: poolshift runs list"
  fi
}

# The cluster is settled and of the planned version.
check_version() {
  local found
  found=$(azure aks show --resource-group="$resource_group" --name="$cluster" \
    --query '[provisioningState, currentKubernetesVersion]' --output tsv) ||
    fail "the cluster cannot be read"
  case $(head -n 1 <<<"$found") in
    Succeeded) ;;
    *) fail "the cluster is $(head -n 1 <<<"$found")" "let the other operation end" ;;
  esac
  if [ "$(tail -n 1 <<<"$found")" != "$1" ]; then
    fail "the cluster runs Kubernetes $(tail -n 1 <<<"$found"), the plan was made for $1" \
      "make a new plan"
  fi
}

# The control plane runs a version; its pools keep theirs.
upgrade_control_plane() {
  local found waited=0
  found=$(control_plane) || fail "the cluster cannot be read"
  if [ "$found" = "Succeeded $1" ]; then
    already "the control plane runs $1"
    return
  fi
  confirm control-plane "upgrade the control plane to $1"
  change az aks upgrade --resource-group="$resource_group" --name="$cluster" --control-plane-only \
    --kubernetes-version="$1" --yes --no-wait
  until [ "$found" = "Succeeded $1" ]; do
    wait_more "$waited" "the control plane is not at $1 yet ($found)"
    waited=$((waited + poll_s))
    found=$(control_plane) || fail "the cluster cannot be read"
  done
}

# State and version of the control plane.
control_plane() {
  azure aks show --resource-group="$resource_group" --name="$cluster" \
    --query "join(' ', [provisioningState, currentKubernetesVersion])" --output tsv
}

# Both auto-upgrade channels of the cluster.
set_channels() {
  local found waited=0
  found=$(channels) || fail "the cluster cannot be read"
  if [ "$found" = "Succeeded $1 $2" ]; then
    already "the auto-upgrade channels are $1 and $2"
    return
  fi
  change az aks update --resource-group="$resource_group" --name="$cluster" \
    --auto-upgrade-channel="$1" --node-os-upgrade-channel="$2" --yes --no-wait
  until [ "$found" = "Succeeded $1 $2" ]; do
    wait_more "$waited" "the auto-upgrade channels are being set ($found)"
    waited=$((waited + poll_s))
    found=$(channels) || fail "the cluster cannot be read"
  done
}

# State and channels of the cluster; a channel that is not set counts as off.
channels() {
  azure aks show --resource-group="$resource_group" --name="$cluster" \
    --query "join(' ', [provisioningState, autoUpgradeProfile.upgradeChannel || 'none', \
autoUpgradeProfile.nodeOsUpgradeChannel || 'None'])" --output tsv
}

# The extension of az that a preview needs.
need_extension() {
  local version
  version=$(az extension list --query "[?name=='$1'].version | [0]" --output tsv) ||
    fail "the extensions of az cannot be read"
  if [ -z "$version" ]; then
    run az extension add --name "$1" --only-show-errors
  elif [ -n "$2" ] && ! at_least "$version" "$2"; then
    run az extension update --name "$1" --only-show-errors
  else
    already "az has the extension $1 $version"
  fi
}

# A feature of the subscription is registered.
register_feature() {
  local state waited=0
  state=$(feature_state "$1") || fail "the feature $1 cannot be read"
  if [ "$state" = Registered ]; then
    already "the feature $1 is registered"
    return
  fi
  change az feature register --namespace Microsoft.ContainerService --name="$1"
  until [ "$state" = Registered ]; do
    wait_more "$waited" "the feature $1 is $state"
    waited=$((waited + poll_s))
    state=$(feature_state "$1") || fail "the feature $1 cannot be read"
  done
  change az provider register --namespace Microsoft.ContainerService
}

# How far the registration of a feature is.
feature_state() {
  azure feature show --namespace Microsoft.ContainerService --name="$1" \
    --query properties.state --output tsv
}

# One value of a pool by a query; empty when there is no such pool.
pool() {
  azure aks nodepool list --resource-group="$resource_group" --cluster-name="$cluster" \
    --query "[?name=='$1'].[$2] | [0][0]" --output tsv
}

# Blue is still what the plan was made for; or it is gone and its green is there.
check_blue() {
  local blue=$1 green=$2 sku=$3 size=$4 count=$5 found mark state has_sku has_size has_count
  found=$(pool "$blue" "join('|', [provisioningState, osSku, vmSize, to_string(count)])") ||
    fail "the pools cannot be read"
  mark=$(pool "$green" "tags.\"poolshift-run\" || '-'") || fail "the pools cannot be read"
  if [ -n "$mark" ] && [ "$mark" != "$plan" ]; then
    fail "there is a pool $green that this plan did not make" "plan again with another --green"
  fi
  if [ -z "$found" ]; then
    if [ -z "$mark" ]; then
      fail "there is no pool $blue any more" "make a new plan"
    fi
    already "$blue is gone and $green is there"
    return
  fi
  IFS='|' read -r state has_sku has_size has_count <<<"$found"
  if [ "$state" != Succeeded ]; then
    fail "the pool $blue is $state" "wait for it or mend it, then start again"
  fi
  if [ -n "$sku" ] && [ "$has_sku" != "$sku" ]; then
    fail "the pool $blue is $has_sku, the plan was made for $sku" "make a new plan"
  fi
  if [ "$(lower "$has_size")" != "$(lower "$size")" ]; then
    fail "the pool $blue has nodes of $has_size, the plan was made for $size" "make a new plan"
  fi
  if [ "$has_count" != "$count" ]; then
    say "  note: $blue has $has_count nodes, the plan was made for $count; $green gets the larger number"
  fi
}

# Whether a pool is there; the script ends when that cannot be told.
has_pool() {
  local found
  found=$(pool "$1" name) || fail "the pools cannot be read"
  [ -n "$found" ]
}

# Whether some old pool is still there.
blue_is_left() {
  local blue
  for blue in "${blues[@]}"; do
    if has_pool "$blue"; then
      return 0
    fi
  done
  return 1
}

# Makes green by the function named last, as large as blue is now.
create_pool() {
  local blue=$1 green=$2 count=$3 owner=$4 add=$5 mark has waited=0
  mark=$(pool "$green" "tags.\"poolshift-run\" || '-'") || fail "the pools cannot be read"
  if [ "$mark" = "$plan" ] || { [ -n "$mark" ] && [ "$owner" != none ]; }; then
    already "the pool $green is there"
    return
  fi
  if [ -n "$mark" ]; then
    fail "there is a pool $green that this plan did not make" "plan again with another --green"
  fi
  if [ "$owner" != none ] && [ -z "$take_ownership" ]; then
    until has_pool "$green"; do
      wait_more "$waited" "$owner owns the pools and must create $green"
      waited=$((waited + poll_s))
    done
    return
  fi
  has=$(pool "$blue" count) || fail "the pools cannot be read"
  if [ "${has:-0}" -gt "$count" ]; then
    count=$has
  fi
  "$add" "$count"
}

# The service is done with a pool.
wait_for_pool() {
  local state waited=0 why
  while true; do
    state=$(pool "$1" provisioningState) || fail "the pools cannot be read"
    case $state in
      Succeeded) return ;;
      Failed | Canceled)
        why=$(pool "$1" 'status.provisioningError.message') || why=
        fail "the pool $1 is $state${why:+: $why}" "mend it, then go on with: $0 --from $current"
        ;;
      '') fail "the pool $1 is gone" ;;
    esac
    wait_more "$waited" "the pool $1 is $state"
    waited=$((waited + poll_s))
  done
}

# The nodes of a pool: name|ready|kernel|unschedulable|cordoned by|excluded|excluded by|held|held by
nodes() {
  kube get nodes --selector="kubernetes.azure.com/agentpool=$1" --output=jsonpath='{range .items[*]}'\
'{.metadata.name}|{.status.conditions[?(@.type=="Ready")].status}|{.status.nodeInfo.kernelVersion}|'\
'{.spec.unschedulable}|{.metadata.annotations.poolshift\.io/cordoned-by}|'\
'{.metadata.labels.node\.kubernetes\.io/exclude-from-external-load-balancers}|'\
'{.metadata.annotations.poolshift\.io/excluded-by}|'\
'{.metadata.annotations.cluster-autoscaler\.kubernetes\.io/scale-down-disabled}|'\
'{.metadata.annotations.poolshift\.io/held-by}{"\n"}{end}'
}

# The names of the nodes of a pool.
node_names() {
  local found
  found=$(nodes "$1") || return 1
  awk -F'|' 'NF {print $1}' <<<"$found"
}

# All nodes of green are Ready, of the right build, and their DaemonSet pods run.
wait_for_nodes() {
  local green=$1 build=$2 found wanted ready wrong trouble waited=0
  while true; do
    wanted=$(pool "$green" count) || fail "the pools cannot be read"
    found=$(nodes "$green") || fail "the nodes cannot be read"
    ready=$(awk -F'|' '$2 == "True"' <<<"$found" | grep -c . || true)
    wrong=$(awk -F'|' -v build="$build" 'NF && $2 == "True" && build != "" && \
      index($3, build) != 1 {print $1 " runs " $3; exit}' <<<"$found")
    if [ -n "$wrong" ]; then
      fail "node $wrong, not $build" "delete the pool $green and look why"
    fi
    if [ "$ready" -ge "${wanted:-1}" ]; then
      trouble=$(daemon_trouble "$green") || fail "the DaemonSets cannot be read"
      if [ -z "$trouble" ]; then
        say "  $ready nodes of $green are Ready with their DaemonSet pods"
        return
      fi
    else
      trouble="$ready of ${wanted:-?} nodes are Ready"
    fi
    wait_more "$waited" "$green: $trouble"
    waited=$((waited + poll_s))
  done
}

# What is not well with DaemonSet pods on a pool; nothing when all is.
daemon_trouble() {
  local found names node
  found=$(kube get daemonsets --all-namespaces --output=jsonpath='{range .items[*]}'\
'{.metadata.namespace}/{.metadata.name}|{.status.desiredNumberScheduled}|'\
'{.status.currentNumberScheduled}{"\n"}{end}') || return 1
  awk -F'|' 'NF && $3 + 0 < $2 + 0 {print "DaemonSet " $1 " has no pod on some node yet"; exit}' \
    <<<"$found"
  names=$(node_names "$1") || return 1
  for node in $names; do
    found=$(pods_on_node "$node") || return 1
    awk -F'|' 'NF && $4 != "" && $7 != "True" {print "pod " $1 "/" $2 " is not ready yet"; exit}' \
      <<<"$found"
  done
}

# Pods of a node that have not finished: namespace|name|uid|owner kind|owner|deleted at|ready
pods_on_node() {
  kube get pods --all-namespaces \
    --field-selector="spec.nodeName=$1,status.phase!=Succeeded,status.phase!=Failed" \
    --output=jsonpath='{range .items[*]}{.metadata.namespace}|{.metadata.name}|{.metadata.uid}|'\
'{.metadata.ownerReferences[?(@.controller==true)].kind}|'\
'{.metadata.ownerReferences[?(@.controller==true)].name}|{.metadata.deletionTimestamp}|'\
'{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}'
}

# Pods of a pool that must move: neither DaemonSet pods nor finished ones; columns as above.
pods_on_pool() {
  local names node found
  names=$(node_names "$1") || return 1
  for node in $names; do
    found=$(pods_on_node "$node") || return 1
    awk -F'|' 'NF && $4 != "DaemonSet" && $4 != "Node"' <<<"$found"
  done
}

# Green's scale set has the identities that blue's has of its own: pool, then their ids.
assign_identities() {
  local green=$1 scale_set have id missing=0
  shift
  scale_set=$(azure vmss list --resource-group="$node_group" --query \
    "[?tags.\"aks-managed-poolName\"=='$green' || tags.poolName=='$green'].name | [0]" \
    --output tsv) || fail "the scale sets of $node_group cannot be read"
  if [ -z "$scale_set" ]; then
    if has_pool "$green"; then
      fail "the pool $green has no scale set in $node_group"
    fi
    fail "the pool $green is not there" "go on with the step that creates it"
  fi
  have=$(azure vmss show --resource-group="$node_group" --name="$scale_set" \
    --query 'keys(identity.userAssignedIdentities || `{}`)' --output tsv) ||
    fail "the scale set $scale_set cannot be read"
  for id in "$@"; do
    if ! grep -Fixq -- "$id" <<<"$have"; then
      missing=1
    fi
  done
  if [ "$missing" -eq 0 ]; then
    already "the identities are on $scale_set"
    return
  fi
  change az vmss identity assign --resource-group="$node_group" --name="$scale_set" \
    --identities "$@"
}

# Takes the guard taint off green and leaves its other taints: pool, further options.
lift_guard() {
  local green=$1 found kept
  shift
  found=$(pool "$green" 'nodeTaints') || fail "the pools cannot be read"
  if ! grep -q '^poolshift\.io/guard=' <<<"$found"; then
    already "there is no guard on $green"
    return
  fi
  kept=$(grep -v '^poolshift\.io/guard=' <<<"$found" | paste -s -d , - || true)
  change az aks nodepool update --resource-group="$resource_group" --cluster-name="$cluster" \
    --name="$green" --node-taints="$kept" "$@" --no-wait
}

# Switches a pool's autoscaler on: pool, minimum, maximum, further options.
set_autoscaler() {
  local name=$1 minimum=$2 maximum=$3 found
  shift 3
  found=$(pool "$name" enableAutoScaling) || fail "the pools cannot be read"
  if [ "$(lower "$found")" = true ]; then
    already "the autoscaler of $name is on"
    return
  fi
  change az aks nodepool update --resource-group="$resource_group" --cluster-name="$cluster" \
    --name="$name" --enable-cluster-autoscaler --min-count="$minimum" --max-count="$maximum" \
    "$@" --no-wait
  wait_for_pool "$name"
}

# The autoscaler takes no node of a pool away; what somebody else holds stays theirs.
hold_nodes() {
  local found names node
  found=$(nodes "$1") || fail "the nodes cannot be read"
  names=$(awk -F'|' 'NF && $8 == "" {print $1}' <<<"$found")
  for node in $names; do
    run kube annotate node "$node" "cluster-autoscaler.kubernetes.io/scale-down-disabled=true" \
      "poolshift.io/held-by=$plan"
  done
}

# Takes this plan's holds back.
release_nodes() {
  local found names node
  found=$(nodes "$1") || fail "the nodes cannot be read"
  names=$(awk -F'|' -v plan="$plan" 'NF && $9 == plan {print $1}' <<<"$found")
  for node in $names; do
    run kube annotate node "$node" "cluster-autoscaler.kubernetes.io/scale-down-disabled-" \
      "poolshift.io/held-by-"
  done
}

# Cordons the nodes of a pool that are schedulable; what somebody else cordoned stays theirs.
cordon_pool() {
  local found node open by
  found=$(nodes "$1") || fail "the nodes cannot be read"
  while IFS='|' read -r node _ _ open by _; do
    if [ -n "$node" ] && [ "$open" != true ]; then
      if [ "$by" != "$plan" ]; then
        run kube annotate --overwrite node "$node" "poolshift.io/cordoned-by=$plan"
      fi
      run kube cordon "$node"
    fi
  done <<<"$found"
}

# Takes this plan's cordons back.
uncordon_pool() {
  local found names node
  found=$(nodes "$1") || fail "the nodes cannot be read"
  names=$(awk -F'|' -v plan="$plan" 'NF && $5 == plan {print $1}' <<<"$found")
  for node in $names; do
    run kube uncordon "$node"
    run kube annotate node "$node" "poolshift.io/cordoned-by-"
  done
}

# The nodes of a pool leave the load balancers, and their connections get time to end.
leave_load_balancers() {
  local found node now out by
  found=$(nodes "$1") || fail "the nodes cannot be read"
  if [ -z "$found" ]; then
    already "the pool $1 has no nodes"
    return
  fi
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  while IFS='|' read -r node _ _ _ _ out by _; do
    if [ -n "$node" ] && [ -z "$out" ]; then
      if [ "$by" != "$plan" ]; then
        run kube annotate --overwrite node "$node" "poolshift.io/excluded-by=$plan" \
          "poolshift.io/excluded-at=$now"
      fi
      run kube label node "$node" "node.kubernetes.io/exclude-from-external-load-balancers=true"
    fi
  done <<<"$found"
  say "  connections to $1 get $2 s to end"
  pause "$2"
}

# Takes this plan's exclusions back.
rejoin_load_balancers() {
  local found names node
  found=$(nodes "$1") || fail "the nodes cannot be read"
  names=$(awk -F'|' -v plan="$plan" 'NF && $7 == plan {print $1}' <<<"$found")
  for node in $names; do
    run kube label node "$node" "node.kubernetes.io/exclude-from-external-load-balancers-"
    run kube annotate node "$node" "poolshift.io/excluded-by-" "poolshift.io/excluded-at-"
  done
}

# Keeps a pool for so many seconds.
keep_pool() {
  local waited=0
  if ! has_pool "$1"; then
    already "the pool $1 is gone"
    return
  fi
  while [ "$waited" -lt "$2" ]; do
    say "  the pool $1 is kept for another $(($2 - waited)) s"
    pause "$(($2 - waited < 300 ? $2 - waited : 300))"
    waited=$((waited + 300))
  done
}

# Nothing but DaemonSet pods is left on a pool.
check_empty() {
  local found waited=0
  while true; do
    found=$(pods_on_pool "$1") || fail "the pods cannot be read"
    if [ -z "$found" ]; then
      return
    fi
    if ! awk -F'|' '$4 != "Job" && $6 == "" {exit 1}' <<<"$found"; then
      fail "pod $(awk -F'|' '$4 != "Job" && $6 == "" {print $1 "/" $2; exit}' <<<"$found") is still on $1" \
        "move it, then go on with: $0 --from $current"
    fi
    wait_more "$waited" "$(awk -F'|' '{print $1 "/" $2; exit}' <<<"$found") on $1 runs to its end"
    waited=$((waited + poll_s))
  done
}

# Deletes a pool that is empty and out of the load balancers, and waits until its nodes are gone.
# name, owner, and `ours` where only a pool that this plan made may go
delete_pool() {
  local name=$1 owner=$2 state found etag waited=0
  state=$(pool "$name" provisioningState) || fail "the pools cannot be read"
  if [ -z "$state" ]; then
    already "the pool $name is gone"
    return
  fi
  if [ "${3:-}" = ours ]; then
    found=$(pool "$name" 'tags."poolshift-run"') || fail "the pools cannot be read"
    if [ "$found" != "$plan" ]; then
      fail "this plan did not make the pool $name, so it stays"
    fi
  fi
  found=$(nodes "$name") || fail "the nodes cannot be read"
  found=$(awk -F'|' 'NF && $6 == "" {print $1; exit}' <<<"$found")
  if [ "$state" != Deleting ] && [ -n "$found" ]; then
    fail "node $found still takes load balancer traffic" "run the step before this one again"
  fi
  if [ "$state" != Deleting ] && { [ "$owner" = none ] || [ -n "$take_ownership" ]; }; then
    confirm "$name" "delete the pool $name"
    etag=$(pool "$name" eTag) || fail "the pools cannot be read"
    change az aks nodepool delete --resource-group="$resource_group" --cluster-name="$cluster" \
      --name="$name" ${etag:+--if-match="$etag"} --no-wait
  fi
  while true; do
    state=$(pool "$name" provisioningState) || fail "the pools cannot be read"
    found=$(node_names "$name") || fail "the nodes cannot be read"
    if [ -z "$state$found" ]; then
      break
    fi
    if [ "$state" = Failed ]; then
      fail "the pool $name could not be deleted" "look at it: az aks nodepool show"
    fi
    wait_more "$waited" "the pool $name is ${state:-gone, its nodes are not}"
    waited=$((waited + poll_s))
  done
  say "  the pool $name is gone"
}

# A person types a name before what cannot be taken back: name, what will be done.
confirm() {
  local answer=
  if [ -n "$yes" ]; then
    return
  fi
  printf '  This cannot be taken back. To %s, type %s: ' "$2" "$1" >&2
  read -r answer || true
  if [ "$answer" != "$1" ]; then
    fail "not confirmed" "type $1, or pass --yes; go on with: $0 --from $current"
  fi
}

# Green is what was planned: pool, OS SKU, build.
check_green() {
  local found wrong
  found=$(pool "$1" osSku) || fail "the pools cannot be read"
  if [ "$found" != "$2" ]; then
    fail "the pool $1 is ${found:-gone}, not $2"
  fi
  found=$(nodes "$1") || fail "the nodes cannot be read"
  wrong=$(awk -F'|' -v build="$3" 'NF && build != "" && index($3, build) != 1 {print $1; exit}' \
    <<<"$found")
  if [ -n "$wrong" ]; then
    fail "node $wrong does not run $3"
  fi
  found=$(kube get daemonsets --all-namespaces --selector="poolshift.io/run=$plan" --output=name) ||
    fail "the DaemonSets cannot be read"
  if [ -n "$found" ]; then
    fail "a helper is left: $found" "kubectl delete it"
  fi
  say "  $1 is $2"
}

# One value of a workload; empty when there is no such workload.
workload() {
  kube get "$2/$3" --namespace="$1" --ignore-not-found --output="jsonpath=$4"
}

# Whether a template is as planned already: its patch, sent as a dry run, changes nothing.
is_retargeted() {
  local live tried
  live=$(workload "$1" "$2" "$3" '{.spec.template}') || fail "$2 $1/$3 cannot be read"
  tried=$(kube patch "$2/$3" --namespace="$1" --type=strategic --patch-file="$4" \
    --dry-run=server --output='jsonpath={.spec.template}') ||
    fail "$2 $1/$3 cannot be patched" "see what kubectl says above"
  [ "$live" = "$tried" ]
}

# The template still is what the plan changes: namespace, kind, name, patch, the old images.
try_template() {
  local ns=$1 kind=$2 name=$3 patch=$4 live tried image
  shift 4
  live=$(workload "$ns" "$kind" "$name" '{.spec.template.spec.containers[*].name}') ||
    fail "$kind $ns/$name cannot be read"
  if [ -z "$live" ]; then
    say "  note: $kind $ns/$name no longer exists"
    return
  fi
  if is_retargeted "$ns" "$kind" "$name" "$patch"; then
    already "the template of $ns/$name is as planned"
    return
  fi
  tried=$(kube patch "$kind/$name" --namespace="$ns" --type=strategic --patch-file="$patch" \
    --dry-run=server --output='jsonpath={.spec.template.spec.containers[*].name}') ||
    fail "$kind $ns/$name cannot be patched"
  live=$(workload "$ns" "$kind" "$name" '{.spec.template.spec.containers[*].name}') ||
    fail "$kind $ns/$name cannot be read"
  if [ "$live" != "$tried" ]; then
    fail "the containers of $ns/$name are others than planned: $live" "make a new plan"
  fi
  live=$(workload "$ns" "$kind" "$name" \
    '{range .spec.template.spec.initContainers[*]}{.image}{"\n"}{end}{range .spec.template.spec.containers[*]}{.image}{"\n"}{end}') ||
    fail "$kind $ns/$name cannot be read"
  for image in "$@"; do
    case $'\n'$live$'\n' in
      *$'\n'"$image"$'\n'*) ;;
      *) fail "$ns/$name does not run $image any more" "make a new plan" ;;
    esac
  done
}

# A file of the user's changes no more than the plan does: namespace, kind, name, patch, file.
try_manifest() {
  local tried applied
  tried=$(kube patch "$2/$3" --namespace="$1" --type=strategic --patch-file="$4" \
    --dry-run=server --output='jsonpath={.spec}') || fail "$2 $1/$3 cannot be patched"
  applied=$(kube apply --namespace="$1" --filename="$5" --dry-run=server \
    --output='jsonpath={.spec}' 2>/dev/null) || fail "the file of $1/$3 cannot be applied: $5"
  if [ "$tried" != "$applied" ]; then
    fail "applying the file of $1/$3 would change more than the move" \
      "kubectl diff -f $5, apply that change first, then make a new plan"
  fi
}

# Whether applying a file would change nothing of these parts: namespace, file, parts. What kubectl
# says (configured, unchanged) is no answer: it says configured where a number is written otherwise.
is_applied() {
  local live tried
  live=$(kube get --namespace="$1" --filename="$2" --output="jsonpath=$3") ||
    fail "what is in $2 cannot be read"
  tried=$(kube apply --namespace="$1" --filename="$2" --dry-run=server --output="jsonpath=$3" \
    2>/dev/null) || fail "the file $2 cannot be applied" "kubectl diff -f $2"
  [ "$live" = "$tried" ]
}

# A document of the user's files is applied as it stands: namespace, its name in the plan, file.
check_manifest() {
  if ! is_applied "$1" "$3" '{.spec}{.data}{.metadata.labels}'; then
    fail "the document $2 differs from what was applied" \
      "apply that change first: kubectl diff -f $3"
  fi
}

# No webhook keeps the pods of a workload where they are: namespace, kind, name.
try_eviction() {
  local found pod uid said
  found=$(pods_of "$1" "$2" "$3") || fail "the pods of $1/$3 cannot be read"
  IFS='|' read -r pod uid _ <<<"$found" || true
  if [ -z "$pod" ]; then
    return
  fi
  if ! said=$(eviction "$1" "$pod" "$uid" '?dryRun=All' 2>&1); then
    case $said in
      *TooManyRequests* | *NotFound* | *Conflict*) ;;
      *) fail "the pods of $1/$3 cannot be evicted: $said" "exempt them from that webhook" ;;
    esac
  fi
}

# Asks for one eviction; the uid makes sure that it is this pod: namespace, pod, uid, query.
eviction() {
  printf '{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "%s", "namespace": "%s"}, "deleteOptions": {"preconditions": {"uid": "%s"}}}' \
    "$2" "$1" "$3" |
    kube create --raw "/api/v1/namespaces/$1/pods/$2/eviction${4:-}" --filename=- >/dev/null
}

# Evicts one pod; a budget or a webhook that says no is asked again at the next look.
evict() {
  local said
  if said=$(eviction "$1" "$2" "$3" 2>&1); then
    say "  + evicted $1/$2"
    return
  fi
  case $said in
    *NotFound* | *Conflict*) ;;
    *) say "  not evicted yet: $1/$2: $said" ;;
  esac
}

# Pods of a workload that are not on their way out: name|uid|node|ready
pods_of() {
  local uid owners found
  uid=$(workload "$1" "$2" "$3" '{.metadata.uid}') || return 1
  if [ -z "$uid" ]; then
    return
  fi
  owners=$uid
  if [ "$2" = deployment ]; then
    found=$(kube get replicasets --namespace="$1" --output=jsonpath='{range .items[*]}'\
'{.metadata.uid}|{.metadata.ownerReferences[?(@.controller==true)].uid}{"\n"}{end}') || return 1
    owners=$(awk -F'|' -v uid="$uid" '$2 == uid {print $1}' <<<"$found")
  fi
  found=$(kube get pods --namespace="$1" \
    --field-selector='status.phase!=Succeeded,status.phase!=Failed' \
    --output=jsonpath='{range .items[*]}{.metadata.name}|{.metadata.uid}|{.spec.nodeName}|'\
'{.status.conditions[?(@.type=="Ready")].status}|'\
'{.metadata.ownerReferences[?(@.controller==true)].uid}|{.metadata.deletionTimestamp}{"\n"}{end}') ||
    return 1
  awk -F'|' 'NR == FNR {if ($1 != "") mine[$1]; next} ($5 in mine) && $6 == "" {print $1 "|" $2 "|" $3 "|" $4}' \
    <(printf '%s\n' "$owners") <(printf '%s\n' "$found")
}

# Ready pods of a workload that are not on their way out, as a number.
ready_of() {
  local found
  found=$(pods_of "$1" "$2" "$3") || return 1
  awk -F'|' '$4 == "True"' <<<"$found" | grep -c . || true
}

# Pods of a workload on the nodes of some pools; columns as above. Namespace, kind, name, pools.
pods_of_on() {
  local ns=$1 kind=$2 name=$3 found names pool_name
  shift 3
  names=
  for pool_name in "$@"; do
    names+=$(node_names "$pool_name")$'\n' || return 1
  done
  found=$(pods_of "$ns" "$kind" "$name") || return 1
  awk -F'|' 'NR == FNR {if ($1 != "") there[$1]; next} $3 in there' \
    <(printf '%s\n' "$names") <(printf '%s\n' "$found")
}

# How many pods a workload may miss by its own settings: namespace, kind, name, replicas.
may_miss() {
  local ns=$1 kind=$2 name=$3 replicas=$4 type most surge
  if [ "$kind" = deployment ]; then
    type=$(workload "$ns" "$kind" "$name" '{.spec.strategy.type}') || return 1
    if [ "$type" = Recreate ]; then
      printf '%s\n' "$replicas"
      return
    fi
    most=$(workload "$ns" "$kind" "$name" '{.spec.strategy.rollingUpdate.maxUnavailable}') ||
      return 1
    surge=$(workload "$ns" "$kind" "$name" '{.spec.strategy.rollingUpdate.maxSurge}') || return 1
    most=$(scaled "${most:-25%}" "$replicas" 0)
    if [ "$most" -eq 0 ] && [ "$(scaled "${surge:-25%}" "$replicas" 1)" -eq 0 ]; then
      most=1
    fi
    printf '%s\n' "$((most < replicas ? most : replicas))"
    return
  fi
  if [ "$kind" = statefulset ]; then
    most=$(workload "$ns" "$kind" "$name" '{.spec.updateStrategy.rollingUpdate.maxUnavailable}') ||
      return 1
    most=$(scaled "${most:-1}" "$replicas" 0)
    printf '%s\n' "$((most > 1 ? most : 1))"
    return
  fi
  printf '1\n'
}

# A count, or a percentage of some replicas rounded down (0) or up (1).
scaled() {
  case $1 in
    *%)
      if [ "$3" -eq 1 ]; then
        printf '%s\n' "$(((${1%\%} * $2 + 99) / 100))"
      else
        printf '%s\n' "$((${1%\%} * $2 / 100))"
      fi
      ;;
    *) printf '%s\n' "$1" ;;
  esac
}

# What a rollout takes away keeps every budget over its pods: namespace, kind, name.
check_budgets() {
  local ns=$1 kind=$2 name=$3 replicas missing budgets budget allowed selector mine theirs
  replicas=$(workload "$ns" "$kind" "$name" '{.spec.replicas}') || fail "$ns/$name cannot be read"
  if [ "$kind" = statefulset ] &&
    [ "$(workload "$ns" "$kind" "$name" '{.spec.updateStrategy.type}')" = OnDelete ]; then
    return
  fi
  missing=$(may_miss "$ns" "$kind" "$name" "${replicas:-1}") || fail "$ns/$name cannot be read"
  if [ "$missing" -eq 0 ]; then
    return
  fi
  budgets=$(kube get poddisruptionbudgets --namespace="$ns" --output=jsonpath='{range .items[*]}'\
'{.metadata.name}|{.status.disruptionsAllowed}{"\n"}{end}') || fail "the budgets cannot be read"
  mine=$(pods_of "$ns" "$kind" "$name" | awk -F'|' '{print $1}') || fail "the pods cannot be read"
  while IFS='|' read -r budget allowed; do
    if [ -z "$budget" ] || [ "${allowed:-0}" -ge "$missing" ]; then
      continue
    fi
    selector=$(selector_of "$ns" "$budget") || fail "the budget $ns/$budget cannot be read"
    theirs=$(kube get pods --namespace="$ns" --selector="$selector" \
      --output=jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}') ||
      fail "the pods of the budget $ns/$budget cannot be read"
    if [ -n "$mine" ] && grep -Fxq -- "$mine" <<<"$theirs"; then
      fail "the rollout of $ns/$name may take $missing pods away, and the budget $budget allows ${allowed:-0}" \
        "raise its replicas or lower the budget, then go on with: $0 --from $current"
    fi
  done <<<"$budgets"
}

# The selector of a budget as kubectl takes it.
selector_of() {
  local found
  found=$(kube get poddisruptionbudget "$2" --namespace="$1" --output='go-template='\
'{{range $key, $value := .spec.selector.matchLabels}}{{$key}}={{$value}},{{end}}'\
'{{range .spec.selector.matchExpressions}}{{if eq .operator "Exists"}}{{.key}}{{end}}'\
'{{if eq .operator "DoesNotExist"}}!{{.key}}{{end}}'\
'{{if eq .operator "In"}}{{.key}} in ({{range $i, $v := .values}}{{if $i}},{{end}}{{$v}}{{end}}){{end}}'\
'{{if eq .operator "NotIn"}}{{.key}} notin ({{range $i, $v := .values}}{{if $i}},{{end}}{{$v}}{{end}}){{end}}'\
',{{end}}') || return 1
  printf '%s\n' "${found%,}"
}

# Pulls new images on green by a helper: pool, helper's name, then namespace and file of each.
pull_images() {
  local green=$1 helper=$2 ns file wanted ready trouble found waited
  shift 2
  while [ $# -gt 0 ]; do
    ns=$1 file=$2 waited=0
    shift 2
    found=$(kube get daemonset "$helper" --namespace="$ns" --ignore-not-found --output=name) ||
      fail "the DaemonSets of $ns cannot be read"
    if [ -z "$found" ]; then
      run kube create --filename="$file"
    fi
    while true; do
      wanted=$(pool "$green" count) || fail "the pools cannot be read"
      ready=$(kube get daemonset "$helper" --namespace="$ns" \
        --output='jsonpath={.status.numberReady}') || fail "the helper cannot be read"
      if [ "${ready:-0}" -ge "${wanted:-1}" ]; then
        break
      fi
      trouble=$(kube get pods --namespace="$ns" --selector="app=$helper" --output=jsonpath='{range .items[*].status.containerStatuses[*]}{.state.waiting.reason} {end}') || trouble=
      wait_more "$waited" "images on $green: ${ready:-0} of ${wanted:-?} nodes have them ($trouble)"
      waited=$((waited + poll_s))
    done
    say "  the images are on all nodes of $green"
    run kube delete daemonset "$helper" --namespace="$ns" --ignore-not-found
  done
}

# Takes the helpers away: helper's name, namespaces.
remove_helpers() {
  local helper=$1 ns
  shift
  for ns in "$@"; do
    run kube delete daemonset "$helper" --namespace="$ns" --ignore-not-found
  done
}

# Changes a template: namespace, kind, name, patch, and the patch without a hold.
change_template() {
  local ns=$1 kind=$2 name=$3 patch=$4 plain=$5 applied
  applied=$(workload "$ns" "$kind" "$name" \
    '{.metadata.annotations.kubectl\.kubernetes\.io/last-applied-configuration}') ||
    fail "$ns/$name cannot be read"
  if [ -n "$applied" ]; then
    show kube apply set-last-applied "$kind/$name" --namespace="$ns"
    # What kubectl apply remembers follows, so that the user's next apply sees no difference. It
    # comes first: whoever begins again finds the template unchanged and does both.
    printf '%s' "$applied" |
      kube patch --local --filename=- --type=strategic --patch-file="$plain" --output=json |
      kube apply set-last-applied --filename=- >/dev/null ||
      fail "what kubectl apply remembers of $ns/$name cannot be written"
  fi
  run kube patch "$kind/$name" --namespace="$ns" --type=strategic --patch-file="$patch"
}

# Changes a template and holds its rollout after its first new pods, then watches these.
# namespace, kind, name, patch, patch that holds, seconds
canary() {
  local ns=$1 kind=$2 name=$3 patch=$4 held=$5 soak_s=$6 by before fresh waited=0
  by=$(workload "$ns" "$kind" "$name" '{.metadata.uid}') || fail "$ns/$name cannot be read"
  if [ -z "$by" ]; then
    say "  note: $kind $ns/$name no longer exists"
    return
  fi
  by=$(workload "$ns" "$kind" "$name" '{.metadata.annotations.poolshift\.io/rollout-held-by}') ||
    fail "$ns/$name cannot be read"
  if is_retargeted "$ns" "$kind" "$name" "$patch"; then
    if [ "$by" != "$plan" ]; then
      already "the template of $ns/$name is changed, and its rollout is not held"
      return
    fi
  else
    check_budgets "$ns" "$kind" "$name"
    if [ "$by" != "$plan" ]; then
      before=$(workload "$ns" "$kind" "$name" \
        '{.spec.minReadySeconds},{.spec.progressDeadlineSeconds}') ||
        fail "$ns/$name cannot be read"
      run kube annotate --overwrite "$kind/$name" --namespace="$ns" \
        "poolshift.io/rollout-held-by=$plan" "poolshift.io/rollout-held-from=$before"
    fi
    change_template "$ns" "$kind" "$name" "$held" "$patch"
  fi
  if [ "$(workload "$ns" "$kind" "$name" '{.spec.replicas}')" = 0 ]; then
    say "  note: $ns/$name has no replicas now"
    return
  fi
  while true; do
    send_back_strays
    fresh=$(fresh_pod "$ns" "$kind" "$name") || fail "the pods of $ns/$name cannot be read"
    if [ -n "$fresh" ]; then
      break
    fi
    wait_more "$waited" "the first new pod of $ns/$name is not ready yet"
    waited=$((waited + poll_s))
  done
  watch_pod "$ns" "$fresh" "$soak_s"
}

# A ready pod of a Deployment's newest ReplicaSet: its name, or nothing.
fresh_pod() {
  local ns=$1 kind=$2 name=$3 uid revision found newest
  uid=$(workload "$ns" "$kind" "$name" '{.metadata.uid}') || return 1
  revision=$(workload "$ns" "$kind" "$name" \
    '{.metadata.annotations.deployment\.kubernetes\.io/revision}|{.metadata.generation}|{.status.observedGeneration}') || return 1
  if [ "$(awk -F'|' '{print ($2 == $3)}' <<<"$revision")" != 1 ]; then
    return
  fi
  found=$(kube get replicasets --namespace="$ns" --output=jsonpath='{range .items[*]}'\
'{.metadata.uid}|{.metadata.ownerReferences[?(@.controller==true)].uid}|'\
'{.metadata.annotations.deployment\.kubernetes\.io/revision}{"\n"}{end}') || return 1
  newest=$(awk -F'|' -v uid="$uid" -v revision="${revision%%|*}" \
    '$2 == uid && $3 == revision {print $1; exit}' <<<"$found")
  found=$(kube get pods --namespace="$ns" --output=jsonpath='{range .items[*]}{.metadata.name}|'\
'{.metadata.ownerReferences[?(@.controller==true)].uid}|'\
'{.status.conditions[?(@.type=="Ready")].status}|{.metadata.deletionTimestamp}{"\n"}{end}') ||
    return 1
  awk -F'|' -v uid="$newest" 'uid != "" && $2 == uid && $3 == "True" && $4 == "" {print $1; exit}' \
    <<<"$found"
}

# Watches a pod for so many seconds: it must stay ready and not restart.
watch_pod() {
  local ns=$1 pod=$2 soak_s=$3 found waited=0 rest
  while true; do
    found=$(kube get pod "$pod" --namespace="$ns" --ignore-not-found --output=jsonpath='{.status.conditions[?(@.type=="Ready")].status}|{.status.containerStatuses[*].restartCount}') ||
      fail "the pod $ns/$pod cannot be read"
    case $found in
      True\|*[1-9]*) fail "the pod $ns/$pod restarted while it was watched" "look at its log" ;;
      True\|*) ;;
      *) fail "the pod $ns/$pod is not ready any more" "look at its log" ;;
    esac
    rest=$((soak_s - waited))
    if [ "$rest" -le 0 ]; then
      say "  the pod $ns/$pod was ready for $soak_s s"
      return
    fi
    say "  the pod $ns/$pod is watched for another $rest s"
    rest=$((rest < 60 ? rest : 60))
    pause "$rest"
    waited=$((waited + rest))
  done
}

# Lets a rollout that this plan holds go on, with the figures from before.
release_rollout() {
  local ns=$1 kind=$2 name=$3 found by from ready deadline
  found=$(workload "$ns" "$kind" "$name" \
    '{.metadata.annotations.poolshift\.io/rollout-held-by}|{.metadata.annotations.poolshift\.io/rollout-held-from}') ||
    fail "$ns/$name cannot be read"
  IFS='|' read -r by from <<<"$found"
  if [ "$by" != "$plan" ]; then
    return
  fi
  ready=${from%%,*} deadline=${from#*,}
  if [ "${ready:-0}" = 0 ]; then
    ready=null
  fi
  run kube patch "$kind/$name" --namespace="$ns" --type=strategic --patch \
    "{\"spec\": {\"minReadySeconds\": $ready, \"progressDeadlineSeconds\": ${deadline:-null}}}"
  run kube annotate "$kind/$name" --namespace="$ns" \
    "poolshift.io/rollout-held-by-" "poolshift.io/rollout-held-from-"
}

# Changes a template, or lets its held rollout go on, and waits until it has rolled out.
# namespace, kind, name, patch, file of the user's own or nothing
retarget() {
  local ns=$1 kind=$2 name=$3 patch=$4 manifest=$5 found
  found=$(workload "$ns" "$kind" "$name" '{.metadata.uid}') || fail "$ns/$name cannot be read"
  if [ -z "$found" ]; then
    say "  note: $kind $ns/$name no longer exists"
    return
  fi
  if is_retargeted "$ns" "$kind" "$name" "$patch"; then
    release_rollout "$ns" "$kind" "$name"
  else
    check_budgets "$ns" "$kind" "$name"
    change_template "$ns" "$kind" "$name" "$patch" "$patch"
  fi
  if [ -n "$manifest" ]; then
    if ! is_applied "$ns" "$manifest" '{.spec}{.metadata.annotations}'; then
      run kube apply --namespace="$ns" --filename="$manifest"
    fi
  fi
  wait_for_rollout "$ns" "$kind" "$name"
}

# Puts a template back by its patch, and waits until it has rolled out.
restore_template() {
  local ns=$1 kind=$2 name=$3 patch=$4
  if is_retargeted "$ns" "$kind" "$name" "$patch"; then
    already "the template of $ns/$name is as it was"
  else
    check_budgets "$ns" "$kind" "$name"
    change_template "$ns" "$kind" "$name" "$patch" "$patch"
  fi
  release_rollout "$ns" "$kind" "$name"
  wait_for_rollout "$ns" "$kind" "$name"
}

# Every pod of a workload is new, ready and the only one.
wait_for_rollout() {
  local ns=$1 kind=$2 name=$3 found generation seen wanted updated all ready paused waited=0
  while true; do
    send_back_strays
    found=$(workload "$ns" "$kind" "$name" '{.metadata.generation}|{.status.observedGeneration}|{.spec.replicas}|{.status.updatedReplicas}|{.status.replicas}|{.status.readyReplicas}|{.spec.paused}') ||
      fail "$ns/$name cannot be read"
    IFS='|' read -r generation seen wanted updated all ready paused <<<"$found"
    wanted=${wanted:-1}
    if [ "${seen:-0}" -ge "${generation:-0}" ] && [ "${updated:-0}" -ge "$wanted" ] &&
      [ "${all:-0}" -eq "$wanted" ] && [ "${ready:-0}" -ge "$wanted" ]; then
      say "  $ns/$name has rolled out"
      return
    fi
    if [ "$paused" = true ]; then
      wait_more "$waited" "somebody paused the rollout of $ns/$name: kubectl rollout resume"
    else
      wait_more "$waited" "$ns/$name: ${updated:-0} of $wanted pods are new, ${ready:-0} are ready"
    fi
    waited=$((waited + poll_s))
  done
}

# The owner of a template changes it: namespace, kind, name, patch, owner, what to write (lines).
wait_for_owner() {
  local ns=$1 kind=$2 name=$3 patch=$4 owner=$5 waited=0 line
  shift 5
  until is_retargeted "$ns" "$kind" "$name" "$patch"; do
    if [ "$waited" -eq 0 ]; then
      say "  $owner owns the template of $ns/$name; write into its source:"
      for line in "$@"; do
        say "    $line"
      done
    fi
    wait_more "$waited" "$owner has not changed $ns/$name yet"
    waited=$((waited + poll_s))
  done
  wait_for_rollout "$ns" "$kind" "$name"
}

# Evicts pods on green whose image only blue fits, while blue still takes pods.
send_back_strays() {
  local green found ns pod uid image images
  if [ -z "$gentle_guard" ] || ! blue_takes_pods; then
    return
  fi
  for green in "${greens[@]}"; do
    found=$(pods_on_pool "$green") || fail "the pods of $green cannot be read"
    while IFS='|' read -r ns pod uid _ _ deleted _; do
      if [ -z "$pod" ] || [ -n "$deleted" ]; then
        continue
      fi
      images=$(kube get pod "$pod" --namespace="$ns" --ignore-not-found \
        --output=jsonpath='{range .spec.containers[*]}{.image}{"\n"}{end}') ||
        fail "the pod $ns/$pod cannot be read"
      for image in "${old_images[@]}"; do
        case $'\n'$images in
          *$'\n'"$image"$'\n'*)
            say "  $ns/$pod is on $green, and its image does not fit"
            evict "$ns" "$pod" "$uid"
            break
            ;;
        esac
      done
    done <<<"$found"
  done
}

# Whether some node of the old pools is schedulable.
blue_takes_pods() {
  local blue found
  for blue in "${blues[@]}"; do
    found=$(nodes "$blue") || fail "the nodes cannot be read"
    if [ -n "$(awk -F'|' 'NF && $4 != "true"' <<<"$found")" ]; then
      return 0
    fi
  done
  return 1
}

# No workload is on a pool that nobody planned for: pool.
check_planned() {
  local found ns pod kind owner deleted target top
  found=$(pods_on_pool "$1") || fail "the pods of $1 cannot be read"
  while IFS='|' read -r ns pod _ kind owner deleted _; do
    if [ -z "$pod" ] || [ -n "$deleted" ] || [ "$kind" = Job ]; then
      continue
    fi
    if [ -z "$kind" ]; then
      fail "the bare pod $ns/$pod would be lost: nothing makes it again" \
        "delete it or give it an owner, then go on with: $0 --from $current"
    fi
    target=$ns/$kind/$owner
    if [ "$kind" = ReplicaSet ]; then
      top=$(kube get replicaset "$owner" --namespace="$ns" --ignore-not-found \
        --output=jsonpath='{.metadata.ownerReferences[?(@.controller==true)].kind}/{.metadata.ownerReferences[?(@.controller==true)].name}') ||
        fail "the ReplicaSet $ns/$owner cannot be read"
      if [ "$top" != / ]; then
        target=$ns/$top
      fi
    fi
    if ! is_planned "$target"; then
      fail "$target has pods on $1 and is not in the plan: nobody looked whether its images fit" \
        "move it by hand or make a new plan"
    fi
  done <<<"$found"
}

# Whether the plan knows a workload.
is_planned() {
  local known
  for known in "${planned[@]}"; do
    if [ "$known" = "$1" ]; then
      return 0
    fi
  done
  return 1
}

# Moves the pods of a workload off a cordoned pool: never more at once than it may miss.
# namespace, kind, name, pool
move_off() {
  local ns=$1 kind=$2 name=$3 from=$4 left replicas ready missing free pod uid state waited=0
  left=$(workload "$ns" "$kind" "$name" '{.metadata.uid}') || fail "$ns/$name cannot be read"
  if [ -z "$left" ]; then
    say "  note: $kind $ns/$name no longer exists"
    return
  fi
  while true; do
    left=$(pods_of_on "$ns" "$kind" "$name" "$from") || fail "the pods of $ns/$name cannot be read"
    replicas=$(workload "$ns" "$kind" "$name" '{.spec.replicas}') || fail "$ns/$name cannot be read"
    ready=$(ready_of "$ns" "$kind" "$name") || fail "the pods of $ns/$name cannot be read"
    replicas=${replicas:-1}
    if [ "$kind" = deployment ] && is_surged "$ns" "$name"; then
      end_surge "$ns" "$name" "$left" "$replicas" "$ready"
    elif [ -z "$left" ] && [ "$ready" -ge "$replicas" ]; then
      say "  no pod of $ns/$name is left on $from"
      return
    elif [ -n "$left" ]; then
      missing=$(may_miss "$ns" "$kind" "$name" "$replicas") || fail "$ns/$name cannot be read"
      # A pod that serves nobody can go without anyone falling below anything.
      free=$((ready - replicas + missing))
      while IFS='|' read -r pod uid _ state; do
        if [ "$state" != True ]; then
          evict "$ns" "$pod" "$uid"
          free=0
          break
        fi
      done <<<"$left"
      if [ "$kind" = deployment ] && [ "$missing" -eq 0 ] && [ "$ready" -ge "$replicas" ] &&
        [ "$free" -eq 0 ]; then
        begin_surge "$ns" "$name" "$replicas" "$(grep -c . <<<"$left")"
      fi
      while IFS='|' read -r pod uid _; do
        if [ "$free" -le 0 ]; then
          break
        fi
        evict "$ns" "$pod" "$uid"
        free=$((free - 1))
      done <<<"$left"
    fi
    wait_more "$waited" "$ns/$name: $(grep -c . <<<"$left" || true) pods are left on $from, $ready of $replicas are ready"
    waited=$((waited + poll_s))
  done
}

# Whether this plan has given a Deployment pods more.
is_surged() {
  local by
  by=$(workload "$1" deployment "$2" '{.metadata.annotations.poolshift\.io/surged-by}') ||
    fail "$1/$2 cannot be read"
  [ "$by" = "$plan" ]
}

# A Deployment that may miss no pod gets its surge's worth of pods more: namespace, name, replicas,
# pods to move.
begin_surge() {
  local more
  more=$(workload "$1" deployment "$2" '{.spec.strategy.rollingUpdate.maxSurge}') ||
    fail "$1/$2 cannot be read"
  more=$(scaled "${more:-25%}" "$3" 1)
  more=$((more > 1 ? more : 1))
  more=$(($3 + (more < $4 ? more : $4)))
  scale "$1" "$2" "$3" "$more" "\"$plan\"" "\"$3\"" "\"$more\""
}

# Scales a Deployment and writes what was before, in one patch, so that both are there or neither:
# namespace, name, replicas now, replicas then, and the three marks as JSON.
scale() {
  local version
  version=$(workload "$1" deployment "$2" '{.spec.replicas}|{.metadata.resourceVersion}') ||
    fail "$1/$2 cannot be read"
  if [ "${version%%|*}" != "$3" ]; then
    return
  fi
  run kube patch deployment "$2" --namespace="$1" --type=merge --patch \
    "{\"metadata\": {\"resourceVersion\": \"${version##*|}\", \"annotations\": {\
\"poolshift.io/surged-by\": $5, \"poolshift.io/surged-from\": $6, \"poolshift.io/surged-to\": $7}}, \
\"spec\": {\"replicas\": $4}}" ||
    say "  it changed meanwhile, looking again"
}

# When the pods more are ready, as many on the old nodes go: namespace, name, pods there, replicas,
# ready pods.
end_surge() {
  local ns=$1 name=$2 left=$3 replicas=$4 ready=$5 found from to pod chosen=0
  found=$(workload "$ns" deployment "$name" \
    '{.metadata.annotations.poolshift\.io/surged-from}|{.metadata.annotations.poolshift\.io/surged-to}') ||
    fail "$ns/$name cannot be read"
  IFS='|' read -r from to <<<"$found"
  # What somebody else has set meanwhile stays.
  if [ "$replicas" != "$to" ]; then
    scale "$ns" "$name" "$replicas" "$replicas" null null null
    return
  fi
  if [ "$ready" -lt "$replicas" ]; then
    return
  fi
  while IFS='|' read -r pod _; do
    if [ -n "$pod" ] && [ "$chosen" -lt $((to - from)) ]; then
      choose "$ns" "$pod"
      chosen=$((chosen + 1))
    fi
  done <<<"$left"
  scale "$ns" "$name" "$to" "$from" null null null
}

# Marks a pod as the first to go when its Deployment shrinks: namespace, pod.
choose() {
  local by
  by=$(kube get pod "$2" --namespace="$1" --ignore-not-found \
    --output='jsonpath={.metadata.annotations.poolshift\.io/chosen-by}') ||
    fail "the pod $1/$2 cannot be read"
  if [ "$by" != "$plan" ]; then
    run kube annotate --overwrite pod "$2" --namespace="$1" \
      "controller.kubernetes.io/pod-deletion-cost=-2147483647" "poolshift.io/chosen-by=$plan"
  fi
}

# What is not well with a workload, or nothing: namespace, kind, name.
workload_trouble() {
  local ns=$1 kind=$2 name=$3 found wanted ready
  found=$(workload "$ns" "$kind" "$name" '{.metadata.uid}|{.spec.replicas}') || return 1
  if [ -z "$found" ]; then
    return
  fi
  wanted=${found#*|}
  ready=$(ready_of "$ns" "$kind" "$name") || return 1
  if [ "$ready" -lt "${wanted:-1}" ]; then
    printf '%s\n' "$ns/$name has $ready of ${wanted:-1} pods ready"
    return
  fi
  found=$(pods_of_on "$ns" "$kind" "$name" "${blues[@]}") || return 1
  if [ -n "$found" ]; then
    printf '%s\n' "$ns/$name still has ${found%%|*} on an old pool"
  fi
}

# Every moved workload is as ready as it wants to be, and has left the old pools.
check_workloads() {
  local trouble waited=0
  while true; do
    trouble=$(all_trouble) || fail "the workloads cannot be read"
    if [ -z "$trouble" ]; then
      say "  all moved workloads are ready on the new pools"
      return
    fi
    wait_more "$waited" "${trouble%%$'\n'*}"
    waited=$((waited + poll_s))
  done
}

# So many seconds without a fault; they start anew with each.
soak() {
  local wanted=$1 quiet=0 waited=0 step trouble
  if ! blue_is_left; then
    already "the old pools are gone"
    return
  fi
  step=$((wanted / 12))
  step=$((step < 30 ? 30 : step > 300 ? 300 : step))
  while true; do
    trouble=$(all_trouble) || fail "the workloads cannot be read"
    if [ -n "$trouble" ]; then
      quiet=0
      wait_more "$waited" "${trouble%%$'\n'*} (the soak starts anew)"
      waited=$((waited + poll_s))
      continue
    fi
    if [ "$quiet" -ge "$wanted" ]; then
      say "  $wanted s without a fault"
      return
    fi
    say "  quiet for $quiet of $wanted s"
    step=$((wanted - quiet < step ? wanted - quiet : step))
    pause "$step"
    quiet=$((quiet + step))
  done
}

# Takes this plan's marks off a workload and its pods: namespace, kind, name.
remove_marks() {
  local ns=$1 kind=$2 name=$3 found names pod now from to
  release_rollout "$ns" "$kind" "$name"
  if [ "$kind" = deployment ] && is_surged "$ns" "$name"; then
    found=$(workload "$ns" deployment "$name" \
      '{.spec.replicas}|{.metadata.annotations.poolshift\.io/surged-from}|{.metadata.annotations.poolshift\.io/surged-to}') ||
      fail "$ns/$name cannot be read"
    IFS='|' read -r now from to <<<"$found"
    if [ "$now" != "$to" ]; then
      from=$now
    fi
    scale "$ns" "$name" "$now" "$from" null null null
  fi
  found=$(kube get pods --namespace="$ns" --output=jsonpath='{range .items[*]}{.metadata.name}|'\
'{.metadata.annotations.poolshift\.io/chosen-by}|{.metadata.deletionTimestamp}{"\n"}{end}') ||
    fail "the pods of $ns cannot be read"
  names=$(awk -F'|' -v plan="$plan" '$2 == plan && $3 == "" {print $1}' <<<"$found")
  for pod in $names; do
    run kube annotate pod "$pod" --namespace="$ns" \
      "controller.kubernetes.io/pod-deletion-cost-" "poolshift.io/chosen-by-"
  done
}

# No template selects a pool by its name any more.
check_names() {
  local found
  found=$(kube get deployments.apps,statefulsets.apps,daemonsets.apps,jobs.batch --all-namespaces \
    --output=jsonpath='{range .items[*]}{.metadata.namespace}/{.kind}/{.metadata.name}|'\
'{.spec.template.spec.nodeSelector.agentpool}|'\
'{.spec.template.spec.nodeSelector.kubernetes\.azure\.com/agentpool}{"\n"}{end}') ||
    fail "the workloads cannot be read"
  found=$(awk -F'|' -v name="$1" '$2 == name || $3 == name {print $1; exit}' <<<"$found")
  if [ -n "$found" ]; then
    fail "$found still selects the pool $1 by name" "change its nodeSelector, then go on with: $0 --from $current"
  fi
  say "  no template names $1"
}

# How the script is used.
usage() {
  cat <<EOF
usage: $0 [--list] [--from N] [--to N] [--only N] [--undo N] [--yes] [--context NAME]
          [--take-ownership] [--despite-blockers] [--help]

Without options it takes every step in order; a step that is done already says so.
  --list              show the steps and end
  --from N            begin with step N
  --to N              end with step N
  --only N            take step N alone
  --undo N            take step N back, as far as it can be
  --yes               delete pools without asking
  --context NAME      kubectl's context (default: the current one)
  --take-ownership    create and delete pools that other code owns
  --despite-blockers  go on although the plan has blockers
Exit codes: 0 done, 1 failed (the message says how to go on), 2 refused before any change.
EOF
}

# A number of a step, as it was typed.
step_number() {
  case ${2:-} in
    '' | *[!0-9]*) refuse "$1 takes the number of a step, not '${2:-}'" "see them with: $0 --list" ;;
  esac
  if [ "$2" -lt 1 ] || [ "$2" -gt "$steps" ]; then
    refuse "there is no step $2" "see them with: $0 --list"
  fi
}

# Reads the options, checks the clients, and takes the steps.
main() {
  local first=1 last=$steps undo=
  while [ $# -gt 0 ]; do
    case $1 in
      --list)
        list_steps
        exit 0
        ;;
      --help | -h)
        usage
        exit 0
        ;;
      --yes | -y) yes=1 ;;
      --take-ownership) take_ownership=1 ;;
      --despite-blockers) despite_blockers=1 ;;
      --from | --to | --only | --undo)
        step_number "$1" "${2:-}"
        case $1 in
          --from) first=$2 ;;
          --to) last=$2 ;;
          --only) first=$2 last=$2 ;;
          --undo) undo=$2 ;;
        esac
        shift
        ;;
      --context)
        if [ -z "${2:-}" ]; then
          refuse "--context takes a name" "see them with: kubectl config get-contexts"
        fi
        context=$2
        shift
        ;;
      *) refuse "there is no option $1" "see them with: $0 --help" ;;
    esac
    shift
  done
  if [ "$blockers" -gt 0 ] && [ -z "$despite_blockers" ]; then
    refuse "the plan has $blockers blockers; they stand on top of this script" \
      "mend them and plan again, or pass --despite-blockers"
  fi
  check_clients
  check_cluster
  if [ -n "$undo" ]; then
    current=$undo
    undo_step "$undo"
    exit 0
  fi
  for ((current = first; current <= last; current++)); do
    take_step "$current"
  done
  say "done: steps $first to $last"
}
