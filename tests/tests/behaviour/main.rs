//! One behaviour, whatever is between the actors: every claim is written once, and tried in one system without a node, over a
//! network in memory, over TCP, in a simulated network whose time is not ours, and between nodes of which one can do less. What only
//! a simulation can do to a network is tried there.
#![expect(clippy::unwrap_used, reason = "claims are tests, in functions that are tests elsewhere")]

mod actor;
mod builds;
mod everywhere;
mod mesh;
mod names;
mod partition;
mod peer;
mod storm;
mod world;

use world::{Local, Memory, Older, PausedMemory, Simulated, Tcp, World};

macro_rules! claims {
    ($world:ty, $suite:ident: $($claim:ident)*) => {
        $(#[test]
        fn $claim() {
            <$world>::run($suite::$claim);
        })*
    };
}

/// What holds whatever builds there are.
macro_rules! everywhere {
    ($world:ty) => {
        claims!($world, everywhere:
            what_one_sends_another_arrives_in_order
            a_call_is_answered_or_its_error_says_why
            a_dropped_reply_fails_its_call_at_once
            a_late_answer_goes_no_further
            a_forwarded_reply_answers_or_fails_its_caller
            a_handle_leads_to_the_same_actor_wherever_it_went
            every_monitor_has_one_down
            a_monitor_that_was_ended_is_silent
            a_down_comes_after_all_that_its_actor_sent
            linked_actors_end_together
            a_trapped_exit_is_a_message
            an_unlinked_actor_lives_on
            a_large_message_arrives_whole
            what_is_sent_to_the_dead_comes_back
        );
    };
}

/// What each node must be able to do.
macro_rules! among_equals {
    ($world:ty) => {
        claims!($world, everywhere:
            small_messages_keep_their_order_among_large_ones
            a_full_mailbox_stops_its_senders
        );
    };
}

macro_rules! among_equal_nodes {
    ($world:ty) => {
        among_equals!($world);
        claims!($world, mesh:
            an_exit_passes_what_waits_for_its_actor
            a_trapped_exit_passes_nothing
        );
        claims!($world, names:
            a_flood_stops_nobody_else
            a_flood_that_goes_on_starves_no_other_node
        );
    };
}

macro_rules! between_nodes {
    ($world:ty) => {
        everywhere!($world);
        claims!($world, mesh:
            the_mesh_is_transitive
            simultaneous_connects_end_in_one_link
            call_errors_tell_what_may_have_run
            what_waits_for_nobody_is_a_dead_letter
            what_finds_no_room_comes_back
            what_cannot_cross_comes_back
            the_end_of_a_node_is_told_to_all_whom_it_concerns
            a_goodbye_is_told_as_one
            a_mention_connects_again
            an_answer_to_a_session_before_reaches_nobody
            a_handle_does_not_survive_a_restart
            a_wrong_cookie_is_refused_on_both_sides
            connecting_to_oneself_or_to_nobody_is_told
        );
        claims!($world, names:
            a_name_resolves_on_every_node_until_its_owner_ends
            one_of_two_simultaneous_claims_wins
            a_name_of_another_protocol_is_refused
            broadcasts_reach_every_member_once
            a_group_of_another_protocol_is_refused
            names_and_members_go_with_their_node
        );
    };
}

/// What is otherwise where one of two nodes, `a` and `b`, offers no capability.
macro_rules! between_builds {
    ($world:ty) => {
        claims!($world, builds:
            a_full_mailbox_makes_dead_letters
            small_messages_wait_among_large_ones
            a_request_runs_though_its_caller_has_given_up
        );
    };
}

mod local {
    use super::*;
    everywhere!(Local);
    among_equals!(Local);
}

mod memory {
    use super::*;
    between_nodes!(Memory);
    among_equal_nodes!(Memory);
}

mod paused_memory {
    use super::*;
    between_nodes!(PausedMemory);
    among_equal_nodes!(PausedMemory);
    claims!(PausedMemory, mesh:
        a_goodbye_that_a_heartbeat_crosses_is_told_as_one
    );
}

/// Between nodes of which one can do less: also where that is the one that sends.
mod older {
    use super::*;

    mod receiver {
        use super::*;
        between_nodes!(Older<Memory, 'b'>);
        between_builds!(Older<Memory, 'b'>);
    }

    mod sender {
        use super::*;
        between_nodes!(Older<Memory, 'a'>);
        between_builds!(Older<Memory, 'a'>);
    }

    mod paused {
        use super::*;
        between_builds!(Older<PausedMemory, 'b'>);
        claims!(Older<PausedMemory, 'b'>, builds:
            a_session_that_nobody_uses_stays
        );
    }
}

mod tcp {
    use super::*;
    between_nodes!(Tcp);
    among_equal_nodes!(Tcp);
}

mod simulated {
    use super::*;
    between_nodes!(Simulated);
    among_equal_nodes!(Simulated);
    claims!(Simulated, partition:
        time_is_the_simulations
        a_short_silence_is_no_end
        silence_ends_a_session_and_the_mesh_brings_it_back
        one_cut_of_three_is_seen_from_both_sides
        a_one_way_cut_is_an_end_on_both_sides
        halves_of_five_merge_when_healed
        calls_fail_when_their_node_falls_silent
        a_saturated_link_is_not_silent
    );
    claims!(Simulated, storm:
        seed_1
        seed_2
        seed_3
    );
}
