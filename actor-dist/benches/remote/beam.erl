%% What `beside.rs` measures, between two nodes of distributed Erlang: small calls to one process while binaries of some size go to
%% another one of the same node. The runtime system itself holds the sender back when the connection is busy.
-module(beam).
-export([serve/0, measure/1]).

serve() ->
    register(echo, spawn(fun echo/0)),
    register(sink, spawn(fun() -> sink(0) end)),
    io:format("ready~n"),
    _ = io:get_line(""),
    halt().

echo() ->
    receive {From, Ref} -> From ! Ref end,
    echo().

sink(Bytes) ->
    receive
        {count, From} -> From ! {count, Bytes}, sink(0);
        Binary -> sink(Bytes + byte_size(Binary))
    end.

measure([Server, Size, Milliseconds]) ->
    Node = list_to_atom(Server),
    pong = net_adm:ping(Node),
    Binary = binary:copy(<<7>>, list_to_integer(Size)),
    Time = list_to_integer(Milliseconds),
    Alone = alone({sink, Node}, Binary, Time),
    Bulk = spawn_link(fun() -> bulk({sink, Node}, Binary) end),
    timer:sleep(200),
    _ = count(Node),
    Begun = erlang:monotonic_time(nanosecond),
    Times = calls({echo, Node}, Begun + Time * 1000000, []),
    Rate = rate(count(Node), Begun),
    unlink(Bulk),
    exit(Bulk, kill),
    io:format("~w ~w~n", [Alone, Rate]),
    [io:format("~w ", [T]) || T <- Times],
    io:format("~n"),
    halt().

alone(Sink, Binary, Time) ->
    Begun = erlang:monotonic_time(nanosecond),
    Bulk = spawn_link(fun() -> bulk(Sink, Binary) end),
    timer:sleep(Time),
    unlink(Bulk),
    exit(Bulk, kill),
    rate(count(element(2, Sink)), Begun).

bulk(Sink, Binary) ->
    Sink ! Binary,
    bulk(Sink, Binary).

count(Node) ->
    {sink, Node} ! {count, self()},
    receive {count, Bytes} -> Bytes end.

rate(Bytes, Begun) ->
    Bytes * 1000 / (erlang:monotonic_time(nanosecond) - Begun).

calls(To, Until, Times) ->
    Begun = erlang:monotonic_time(nanosecond),
    case Begun < Until of
        false -> Times;
        true ->
            Ref = make_ref(),
            To ! {self(), Ref},
            receive Ref -> ok end,
            calls(To, Until, [erlang:monotonic_time(nanosecond) - Begun | Times])
    end.
