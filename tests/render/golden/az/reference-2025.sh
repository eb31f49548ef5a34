#!/usr/bin/env bash
# Moves node pools of myAKSCluster to Windows2025: ws22 becomes ws25.
# Made by poolshift VERSION from plan-reference-2025, which was made at 2026-11-20T08:00:00Z; the
# facts are those of 2026-11-20. Needs bash, az, kubectl, awk and grep. See: --help, --list
#
# WHAT THIS SCRIPT CANNOT DO
#   - the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and count,
#     the Kubernetes version, and the images of the templates that change.
#     instead: render a fresh plan when this one is no longer of today (it was made at
#     2026-11-20T08:00:00Z, fingerprint f5cff3282570d3abc4db52e92ca84ab0).
#   - no lease is taken on the cluster and no journal is kept.
#     instead: let nobody else change these pools meanwhile, poolshift apply included.
#   - whether pods with hard rules about other pods (topology spread, anti-affinity) find a node is
#     not reckoned again before each change.
#     instead: stop when a pod stays Pending, and read its events; poolshift apply looks beforehand.
#   - nothing is taken back by itself when a step fails.
#     instead: take steps back from the last to the first with --undo N; what was held (autoscaler,
#     channels) stays held until the restore step has run.
#
# STEPS
#    1  preflight: send every write as a dry run
#    2  features: nothing to do: Windows2025 needs no feature registration
#    3  hold: nothing to do: no autoscaler and no auto-upgrade channel is on
#    4  control-plane: nothing to do: it is new enough
#    5  create-ws25: create ws25: Windows2025, 3 nodes of Standard_D4s_v5
#    6  ready-ws25: all nodes of ws25 are Ready and their DaemonSet pods run
#    7  identity-ws25: nothing to do: the scale set of ws22 has no identities of its own
#    8  pre-pull-ws25: nothing to do: no image changes
#    9  canary-ws22: nothing to do: no Deployment of several replicas changes its template
#   10  lift-guard-ws25: nothing to do: no guard
#   11  drain-ws22: cordon ws22, move 3 pods of 1 workload
#   12  verify-ws22: every moved workload is ready on green
#   13  soak-ws22: 3600 s without a fault on green
#   14  unbalance-ws22: ws22 leaves the load balancers and its connections end
#   15  delete-ws22: delete ws22
#   16  restore: take the run's marks off, restore holds
#   17  prove-ws22: nothing names ws22 any more
#   18  final-check: pools, nodes, workloads as planned

# Names from the cluster, queries and templates stand in single quotes, as they are.
# shellcheck disable=SC2016
set -euo pipefail

# ---- values; change them here and nowhere else
plan='plan-reference-2025' # what the marks of this plan say
subscription='d71f6de8-4421-5f4b-9d7f-3def9746eb1e'
resource_group='myResourceGroup'
cluster='myAKSCluster'
kubernetes_version='1.35.2'
target_sku='Windows2025'
min_az='2.87.0' # empty: no first version is recorded
patience_s='7200' # how long a step may wait before it fails
poll_s='10' # how long it waits between two looks
blue_1='ws22'
green_1='ws25'
sku_1='Windows2022' # blue's OS SKU
size_1='Standard_D4s_v5'
count_1='3'
build_1='10.0.26100' # green's build
owner_1='none'
namespace_1='default'
kind_1='deployment'
name_1='sample'
seconds_13='3600' # soak
seconds_14='60' # leave-load-balancers
blues=('ws22')
greens=('ws25')
planned=(
  'default/Deployment/sample'
  'kube-system/DaemonSet/csi-azuredisk-node-win'
)
gentle_guard='' # whether pods on green may have to be sent back
old_images=(
  'none'
)
blockers='0'
steps='18'
context='' # kubectl's context; empty: the current one
node_group='' # the nodes' own resource group, found out at the start
current='1' # the step that is taken
yes=''
take_ownership=''
despite_blockers=''

# Makes ws25 with so many nodes.
# Left to the service, whose default it is: kubeletDiskType, workloadRuntime, securityProfile.sshAccess.
add_pool_1() {
  change az aks nodepool add --resource-group="$resource_group" \
    --cluster-name="$cluster" --name="$green_1" --node-count="$1" \
    --node-vm-size='Standard_D4s_v5' \
    --node-osdisk-size='128' \
    --node-osdisk-type='Managed' \
    --max-pods='30' \
    --vm-set-type='VirtualMachineScaleSets' \
    --zones '1' '2' '3' \
    --scale-down-mode='Delete' \
    --kubernetes-version='1.35.2' \
    --mode='User' \
    --enable-fips-image \
    --os-type='Windows' \
    --os-sku='Windows2025' \
    --max-surge='10%' \
    --max-unavailable='0' \
    --tags 'poolshift-run=plan-reference-2025' \
    --if-none-match='*' --no-wait
}

# 1. preflight: send every write as a dry run
# expected 5 s; can be taken back
step_1() {
  check_access
  check_version "$kubernetes_version"
  check_blue "$blue_1" "$green_1" "$sku_1" "$size_1" "$count_1"
  try_eviction "$namespace_1" "$kind_1" "$name_1"
}

# 2. features: features that the target asks for
# nothing to do: Windows2025 needs no feature registration
step_2() {
  say '  nothing to do: Windows2025 needs no feature registration'
}

# 3. hold: hold autoscaler and auto-upgrade
# nothing to do: no autoscaler and no auto-upgrade channel is on
step_3() {
  say '  nothing to do: no autoscaler and no auto-upgrade channel is on'
}

# 4. control-plane: the control plane is new enough for the target
# nothing to do: it is new enough
step_4() {
  say '  nothing to do: it is new enough'
}

# 5. create-ws25: create ws25: Windows2025, 3 nodes of Standard_D4s_v5
# expected 5 min 52 s; can be taken back
step_5() {
  create_pool "$blue_1" "$green_1" "$count_1" "$owner_1" add_pool_1
  wait_for_pool "$green_1"
}

# 5. create-ws25: takes step 5 back
undo_5() {
  leave_load_balancers "$green_1" '60'
  check_empty "$green_1"
  delete_pool "$green_1" "$owner_1" ours
}

# 6. ready-ws25: all nodes of ws25 are Ready and their DaemonSet pods run
# expected 5 min 32 s; can be taken back
step_6() {
  wait_for_nodes "$green_1" "$build_1"
}

# 7. identity-ws25: 0 identities of ws22's scale set on ws25's
# nothing to do: the scale set of ws22 has no identities of its own
step_7() {
  say '  nothing to do: the scale set of ws22 has no identities of its own'
}

# 8. pre-pull-ws25: pull 0 new images on ws25 and start each once
# nothing to do: no image changes
step_8() {
  say '  nothing to do: no image changes'
}

# 9. canary-ws22: one pod first
# nothing to do: no Deployment of several replicas changes its template
step_9() {
  say '  nothing to do: no Deployment of several replicas changes its template'
}

# 10. lift-guard-ws25: take the guard taint off ws25
# nothing to do: no guard
step_10() {
  say '  nothing to do: no guard'
}

# 11. drain-ws22: cordon ws22, move 3 pods of 1 workload
# expected 4 min 28 s; can be taken back
step_11() {
  check_planned "$blue_1"
  cordon_pool "$blue_1"
  move_off "$namespace_1" "$kind_1" "$name_1" "$blue_1"
  check_empty "$blue_1"
}

# 11. drain-ws22: takes step 11 back
undo_11() {
  uncordon_pool "$blue_1"
  cordon_pool "$green_1"
  move_off "$namespace_1" "$kind_1" "$name_1" "$green_1"
}

# 12. verify-ws22: every moved workload is ready on green
# expected 5 s; can be taken back
step_12() {
  check_workloads
}

# 13. soak-ws22: 3600 s without a fault on green
# expected 1 h; can be taken back
step_13() {
  soak "$seconds_13"
}

# 14. unbalance-ws22: ws22 leaves the load balancers and its connections end
# expected 1 min; gate delete-ws22; can be taken back
step_14() {
  leave_load_balancers "$blue_1" "$seconds_14"
}

# 14. unbalance-ws22: takes step 14 back
undo_14() {
  rejoin_load_balancers "$blue_1"
}

# 15. delete-ws22: delete ws22
# expected 54 s; gate delete-ws22; cannot be taken back
step_15() {
  check_empty "$blue_1"
  delete_pool "$blue_1" "$owner_1"
}

# 16. restore: take the run's marks off, restore holds
# expected 5 s; can be taken back
step_16() {
  remove_marks "$namespace_1" "$kind_1" "$name_1"
}

# 17. prove-ws22: nothing names ws22 any more
# expected 1 s; can be taken back
step_17() {
  check_names "$blue_1"
}

# 18. final-check: pools, nodes, workloads as planned
# expected 1 s; can be taken back
step_18() {
  check_green "$green_1" "$target_sku" "$build_1"
  check_workloads
}

# What is not well with the moved workloads, a line each; nothing when all is.
all_trouble() {
  workload_trouble "$namespace_1" "$kind_1" "$name_1"
}

# Takes one step.
take_step() {
  case $1 in
    1)
      say '[1/18] preflight: send every write as a dry run'
      step_1
      ;;
    2)
      say '[2/18] features: features that the target asks for'
      step_2
      ;;
    3)
      say '[3/18] hold: hold autoscaler and auto-upgrade'
      step_3
      ;;
    4)
      say '[4/18] control-plane: the control plane is new enough for the target'
      step_4
      ;;
    5)
      say '[5/18] create-ws25: create ws25: Windows2025, 3 nodes of Standard_D4s_v5'
      step_5
      ;;
    6)
      say '[6/18] ready-ws25: all nodes of ws25 are Ready and their DaemonSet pods run'
      step_6
      ;;
    7)
      say '[7/18] identity-ws25: 0 identities of ws22'\''s scale set on ws25'\''s'
      step_7
      ;;
    8)
      say '[8/18] pre-pull-ws25: pull 0 new images on ws25 and start each once'
      step_8
      ;;
    9)
      say '[9/18] canary-ws22: one pod first'
      step_9
      ;;
    10)
      say '[10/18] lift-guard-ws25: take the guard taint off ws25'
      step_10
      ;;
    11)
      say '[11/18] drain-ws22: cordon ws22, move 3 pods of 1 workload'
      step_11
      ;;
    12)
      say '[12/18] verify-ws22: every moved workload is ready on green'
      step_12
      ;;
    13)
      say '[13/18] soak-ws22: 3600 s without a fault on green'
      step_13
      ;;
    14)
      say '[14/18] unbalance-ws22: ws22 leaves the load balancers and its connections end'
      step_14
      ;;
    15)
      say '[15/18] delete-ws22: delete ws22'
      step_15
      ;;
    16)
      say '[16/18] restore: take the run'\''s marks off, restore holds'
      step_16
      ;;
    17)
      say '[17/18] prove-ws22: nothing names ws22 any more'
      step_17
      ;;
    18)
      say '[18/18] final-check: pools, nodes, workloads as planned'
      step_18
      ;;
  esac
}

# Takes one step back.
undo_step() {
  case $1 in
    5) undo_5 ;;
    11) undo_11 ;;
    14) undo_14 ;;
    *) say "step $1 leaves nothing to take back, or has no way back" ;;
  esac
}

# Every step with its number.
list_steps() {
  printf '%s\n' '  1  preflight: send every write as a dry run'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' '  2  features: features that the target asks for'
  printf '%s\n' '       nothing to do: Windows2025 needs no feature registration'
  printf '%s\n' '  3  hold: hold autoscaler and auto-upgrade'
  printf '%s\n' '       nothing to do: no autoscaler and no auto-upgrade channel is on'
  printf '%s\n' '  4  control-plane: the control plane is new enough for the target'
  printf '%s\n' '       nothing to do: it is new enough'
  printf '%s\n' '  5  create-ws25: create ws25: Windows2025, 3 nodes of Standard_D4s_v5'
  printf '%s\n' '       expected 5 min 52 s; can be taken back'
  printf '%s\n' '  6  ready-ws25: all nodes of ws25 are Ready and their DaemonSet pods run'
  printf '%s\n' '       expected 5 min 32 s; can be taken back'
  printf '%s\n' '  7  identity-ws25: 0 identities of ws22'\''s scale set on ws25'\''s'
  printf '%s\n' '       nothing to do: the scale set of ws22 has no identities of its own'
  printf '%s\n' '  8  pre-pull-ws25: pull 0 new images on ws25 and start each once'
  printf '%s\n' '       nothing to do: no image changes'
  printf '%s\n' '  9  canary-ws22: one pod first'
  printf '%s\n' '       nothing to do: no Deployment of several replicas changes its template'
  printf '%s\n' ' 10  lift-guard-ws25: take the guard taint off ws25'
  printf '%s\n' '       nothing to do: no guard'
  printf '%s\n' ' 11  drain-ws22: cordon ws22, move 3 pods of 1 workload'
  printf '%s\n' '       expected 4 min 28 s; can be taken back'
  printf '%s\n' ' 12  verify-ws22: every moved workload is ready on green'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' ' 13  soak-ws22: 3600 s without a fault on green'
  printf '%s\n' '       expected 1 h; can be taken back'
  printf '%s\n' ' 14  unbalance-ws22: ws22 leaves the load balancers and its connections end'
  printf '%s\n' '       expected 1 min; gate delete-ws22; can be taken back'
  printf '%s\n' ' 15  delete-ws22: delete ws22'
  printf '%s\n' '       expected 54 s; gate delete-ws22; cannot be taken back'
  printf '%s\n' ' 16  restore: take the run'\''s marks off, restore holds'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' ' 17  prove-ws22: nothing names ws22 any more'
  printf '%s\n' '       expected 1 s; can be taken back'
  printf '%s\n' ' 18  final-check: pools, nodes, workloads as planned'
  printf '%s\n' '       expected 1 s; can be taken back'
}

# functions of the library:
#   say
#   already
#   fail
#   refuse
#   show
#   run
#   pause
#   wait_more
#   azure
#   kube
#   change
#   at_least
#   check_clients
#   check_cluster
#   wrong_context
#   lower
#   check_access
#   check_version
#   pool
#   check_blue
#   has_pool
#   blue_is_left
#   create_pool
#   wait_for_pool
#   nodes
#   node_names
#   wait_for_nodes
#   daemon_trouble
#   pods_on_node
#   pods_on_pool
#   cordon_pool
#   uncordon_pool
#   leave_load_balancers
#   rejoin_load_balancers
#   check_empty
#   delete_pool
#   confirm
#   check_green
#   workload
#   is_retargeted
#   try_eviction
#   eviction
#   evict
#   pods_of
#   ready_of
#   pods_of_on
#   may_miss
#   scaled
#   check_budgets
#   selector_of
#   change_template
#   canary
#   fresh_pod
#   watch_pod
#   release_rollout
#   send_back_strays
#   blue_takes_pods
#   check_planned
#   is_planned
#   move_off
#   is_surged
#   begin_surge
#   scale
#   end_surge
#   choose
#   workload_trouble
#   check_workloads
#   soak
#   remove_marks
#   check_names
#   usage
#   step_number
#   main
