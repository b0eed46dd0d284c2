// SPDX-License-Identifier: Apache-2.0
// The steps of a program and what came of each, printed as one JSON object.
using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Steps;

static class Record
{
    static readonly Dictionary<string, string> s_steps = new();
    static readonly Dictionary<string, string> s_facts = new();

    // Runs the function: it passes, or throws and says why.
    public static void Step(string name, Action run)
    {
        try
        {
            run();
            s_steps[name] = "ok";
        }
        catch (Exception error)
        {
            s_steps[name] = $"failed: {error.GetType().Name}: {error.Message}";
        }
    }

    public static void Fact(string name, string value) => s_facts[name] = value;

    public static void Equal<T>(T got, T wanted)
    {
        if (!EqualityComparer<T>.Default.Equals(got, wanted))
            throw new InvalidOperationException($"{got}, not {wanted}");
    }

    public static void Refused(Action run)
    {
        try
        {
            run();
        }
        catch (Exception)
        {
            return;
        }
        throw new InvalidOperationException("not refused");
    }

    // Two draws, as text, which differ.
    public static void Fresh(Func<string> draw)
    {
        if (draw() == draw())
            throw new InvalidOperationException("drew the same twice");
    }

    public static void Finish()
    {
        Console.WriteLine();
        Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, object> { ["steps"] = s_steps, ["facts"] = s_facts }));
    }
}
