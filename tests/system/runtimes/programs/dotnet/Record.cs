// SPDX-License-Identifier: Apache-2.0
// The steps of a program and what came of each, printed as one JSON object.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Steps
{
    static class Record
    {
        static readonly SortedDictionary<string, string> s_steps = new SortedDictionary<string, string>();
        static readonly SortedDictionary<string, string> s_facts = new SortedDictionary<string, string>();

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
                Exception cause = Cause(error);
                s_steps[name] = "failed: " + cause.GetType().Name + ": " + cause.Message;
            }
        }

        public static void Fact(string name, string value)
        {
            s_facts[name] = value;
        }

        public static void Equal<T>(T got, T wanted)
        {
            if (!EqualityComparer<T>.Default.Equals(got, wanted))
                throw new InvalidOperationException(got + ", not " + wanted);
        }

        // Only what .NET says of cryptography is a refusal: a function that is not there must not pass for one.
        public static void Refused(Action run)
        {
            try
            {
                run();
            }
            catch (Exception error)
            {
                Exception cause = Cause(error);
                if (cause is CryptographicException)
                    return;
                throw new InvalidOperationException("failed in another way: " + cause.GetType().Name + ": " + cause.Message);
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
            Console.WriteLine("{\"steps\": " + Json(s_steps) + ", \"facts\": " + Json(s_facts) + "}");
        }

        // What a function called by its name threw.
        static Exception Cause(Exception error)
        {
            while ((error is TargetInvocationException || error is TypeInitializationException) && error.InnerException != null)
                error = error.InnerException;
            return error;
        }

        static string Json(IEnumerable<KeyValuePair<string, string>> values)
        {
            return "{" + string.Join(", ", values.Select(value => Quoted(value.Key) + ": " + Quoted(value.Value))) + "}";
        }

        static string Quoted(string text)
        {
            StringBuilder quoted = new StringBuilder("\"");
            foreach (char letter in text)
            {
                if (letter < ' ' || letter > '~' || letter == '"' || letter == '\\')
                    quoted.Append("\\u").Append(((int)letter).ToString("x4"));
                else
                    quoted.Append(letter);
            }
            return quoted.Append('"').ToString();
        }
    }
}
